// The browser of the journeys: Debian's Chromium, one fresh profile a visitor, strict about errors, accessibility and foreign hosts.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { barriersOn, faultsOf } from "./judges.mjs";
import { words } from "./words.mjs";

const SHOTS = fileURLToPath(new URL("shots/", import.meta.url));
const ACTION_TIMEOUT_MS = 15_000;
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync",
];

export function openBrowser(flags = []) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: [...FLAGS, ...flags] });
}

// A person at the browser. `page` is Playwright's; `say` gives the shop's words in his language.
export class Visitor {
  static async arrive(browser, shop, { lang, scripts = true, name }) {
    const visitor = new Visitor();
    Object.assign(visitor, { shop, lang, scripts, name, say: words(lang), shots: 0, faults: [], links: new Map(), missing: new Set() });
    // Pictures are in dark in one of the languages; axe looks at both.
    visitor.schemes = lang === "ru" ? ["dark", "light"] : ["light", "dark"];
    visitor.context = await browser.newContext({
      baseURL: shop.url, javaScriptEnabled: scripts, acceptDownloads: true, locale: lang, viewport: WIDE,
      colorScheme: visitor.schemes[0],
    });
    visitor.context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    visitor.page = await visitor.context.newPage();
    visitor.#watch();
    await mkdir(SHOTS, { recursive: true });
    return visitor;
  }

  #watch() {
    // What could not be loaded is counted by its answer below, which names the address.
    const isFault = (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource");
    this.page.on("console", (message) => { if (isFault(message)) this.faults.push(`console: ${message.text()}`); });
    this.page.on("pageerror", (error) => this.faults.push(`script: ${error.message}`));
    this.page.on("request", (request) => {
      if (!request.url().startsWith(this.shop.url) && !/^(data|blob):/.test(request.url())) this.faults.push(`foreign host: ${request.url()}`);
    });
    this.page.on("response", (response) => {
      if (response.status() >= 400) this.faults.push(`${response.status()} ${new URL(response.url()).pathname}`);
      const isPage = response.request().isNavigationRequest() && /^text\/html/.test(response.headers()["content-type"] ?? "");
      // A page that was left before it came says nothing.
      if (isPage && response.status() !== 303) this.html = response.text().catch(() => null);
    });
  }

  // The one refusal that a step was about; without it the step proved nothing.
  refused(status, path) {
    const fault = `${status} /${this.lang}${path}`;
    assert.ok(this.faults.includes(fault), `${fault} is answered, not ${this.faults}`);
    this.faults.splice(this.faults.indexOf(fault), 1);
    if (status === 404) this.missing.add(path);
  }

  // The message at a field is tied to it, so that a screen reader says both.
  async refusedAt(key, refusal) {
    const field = this.field(key);
    assert.equal(await field.getAttribute("aria-invalid"), "true", `${key} is marked`);
    const ids = (await field.getAttribute("aria-describedby")).split(" ");
    const said = await Promise.all(ids.map((id) => this.page.locator(`[id="${id}"]`).innerText()));
    assert.ok(said.includes(this.say(refusal)), `${key} says ${refusal}, not ${said}`);
  }

  go(path) {
    return this.page.goto(`/${this.lang}${path}`);
  }

  link(key) {
    return this.page.getByRole("link", { name: this.say(key), exact: true });
  }

  button(key) {
    return this.page.getByRole("button", { name: this.say(key), exact: true });
  }

  field(key) {
    return this.page.getByLabel(this.say(key), { exact: true });
  }

  // Called on every page of a journey: keeps a picture, checks the language, the one heading, the way without errors, and axe's rules.
  async look(title) {
    this.shots += 1;
    await this.page.screenshot({ path: this.#shot(title), fullPage: true });
    assert.equal(await this.page.locator("html").getAttribute("lang"), this.lang, `${title}: the page's language`);
    assert.equal(await this.page.getByRole("heading", { level: 1 }).count(), 1, `${title}: one first heading`);
    assert.deepEqual(this.faults, [], `${title}: no errors on the way`);
    const html = await this.html;
    if (html) assert.deepEqual(await faultsOf(html, title), [], `${title}: valid HTML`);
    if (this.scripts) assert.deepEqual(await barriersOn(this.page, this.schemes), [], `${title}: no barrier that axe finds`);
    assert.equal(await this.#overhang(title), 0, `${title}: nothing hangs over the edge of a narrow screen`);
    const links = await this.page.locator("a[href], link[href], img[src], audio[src], source[src]").evaluateAll(
      (all) => all.map((one) => one.href || one.src),
    );
    links.forEach((link) => this.links.set(link.replace(/#.*/, ""), title));
  }

  // By how many pixels the page is wider than a small telephone.
  async #overhang(title) {
    await this.page.setViewportSize(NARROW);
    const overhang = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await this.page.screenshot({ path: this.#shot(`${title}-narrow`), fullPage: true });
    await this.page.setViewportSize(WIDE);
    return overhang;
  }

  #shot(title) {
    return `${SHOTS}${this.name}-${String(this.shots).padStart(2, "0")}-${title}.png`;
  }

  // Ends the visit; every address that a page of it named must lead somewhere.
  async leave() {
    for (const [link, title] of this.links) {
      // A page that is not there still names itself in the other languages.
      if (this.missing.has(new URL(link).pathname.replace(/^\/../, ""))) continue;
      const answer = await this.context.request.head(link);
      assert.ok(answer.ok(), `${title} names ${link}, which answers ${answer.status()}`);
    }
    await this.context.close();
  }
}
