// By the keyboard alone, from the home page to a saved file; and what a screen reader is told on the way.
import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { albums, makeMusic } from "./music.mjs";
import { openBrowser, Visitor } from "./rig.mjs";
import { PASSWORD, Shop } from "./shop.mjs";

const MAX_STEPS = 250;
const FOUND_TIMEOUT_MS = 30_000;
// Roles that say nothing without a name.
const NAMELESS = /^\s*- (button|link|combobox|textbox|searchbox|checkbox|radio|slider|listbox|option|dialog|navigation|img)(:| \[[^\]]*\])*\s*$/mu;

let shop;
let browser;
let codes;

before(async () => {
  shop = await Shop.open();
  // A dollar a megabyte, so that formats differ in price.
  await shop.tell(["tariff", "set"], ["--price-per-mb", "1.00"]);
  const music = join(shop.folder, "music");
  await makeMusic(music);
  await shop.tell(["import"], [music]);
  codes = await shop.vouchers("10.00", 2);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  assert.deepEqual(await shop?.close(), { code: 0, signal: null }, "the shop ends cleanly when it is asked to");
});

// Goes on by Tab until `wanted` has the focus, which can be seen.
async function reach(page, wanted, what) {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const [is, seen] = await wanted.first().evaluate((element) => [element === document.activeElement, element.matches(":focus-visible")]);
    if (is) {
      assert.ok(seen, `${what}: the focus is seen`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  assert.fail(`${what} is never reached by Tab`);
}

// What a screen reader is told of the page: has each of these lines, and nothing without a name.
async function told(visitor, title, lines) {
  const tree = await visitor.page.locator("body").ariaSnapshot();
  for (const line of lines) assert.match(tree, line, `${title} tells ${line}:\n${tree}`);
  assert.doesNotMatch(tree, NAMELESS, `${title} names everything:\n${tree}`);
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
// A line of the tree: a role, a part of its name (none: any), and what follows.
const line = (role, name, rest = "") => {
  const named = typeof name === "string" ? escaped(name) : name.source.replace(/^\^|\$$/g, "");
  return new RegExp(name === "" ? `- ${role}\\b` : `- ${role} .*${named}.*${rest}`, "u");
};

async function find(visitor, album) {
  const { page, say } = visitor;
  await visitor.go("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#main", "the first step leads past the header");
  await told(visitor, "home", [
    line("banner", ""), line("main", ""), line("contentinfo", ""), line("search", ""), line("combobox", say("search-label")),
    line("navigation", say("nav-person")), line("heading", say("home-title"), "\\[level=1\\]"),
  ]);
  const option = page.getByRole("option").filter({ hasText: album.title }).first();
  for (const deadline = Date.now() + FOUND_TIMEOUT_MS; Date.now() < deadline && (await option.count()) === 0;) {
    await visitor.go("/");
    await reach(page, visitor.field("search-label"), "the search field");
    await page.keyboard.type(album.title.slice(0, 5).toLowerCase());
    await option.waitFor({ timeout: 1_500 }).catch(() => null);
  }
  await told(visitor, "suggestions", [line("listbox", say("search-suggestions")), line("option", album.title)]);
  for (let step = 0; (await option.getAttribute("aria-selected")) !== "true"; step += 1) {
    assert.ok(step < 20, "the arrows reach the release");
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/releases\//);
  await told(visitor, "release", [
    line("heading", album.title, "\\[level=1\\]"), line("link", album.artist), line("combobox", say("format-label")), line("button", say("buy-album")),
    line("button", say("basket-add")), ...album.tracks.map(([title]) => line("button", title)), line("heading", say("reviews-title"), "\\[level=2\\]"),
  ]);
}

async function choose(visitor) {
  const { page, say } = visitor;
  await reach(page, visitor.field("format-label"), "the format");
  const total = page.locator("[data-total]");
  const before = await total.innerText();
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction((shown) => document.querySelector("[data-total]").innerText !== shown, before);
  await reach(page, visitor.button("basket-add"), "the way into the basket");
  await page.keyboard.press("Enter");
  await page.getByText(say("notice-added-to-basket")).waitFor();
  await reach(page, visitor.link("in-basket"), "the basket");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: say("basket-title") }).waitFor();
}

async function signUp(visitor, email) {
  const { page } = visitor;
  await reach(page, visitor.link("sign-up-title").first(), "signing up");
  await page.keyboard.press("Enter");
  await page.waitForURL(/sign-up/);
  await told(visitor, "sign-up", [line("textbox", visitor.say("field-email")), line("textbox", visitor.say("field-password"))]);
  await reach(page, visitor.field("field-email"), "the address");
  await page.keyboard.type(email);
  await reach(page, visitor.field("field-password"), "the password");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await visitor.link("account-title").waitFor();
}

async function redeem(visitor, code) {
  const { page } = visitor;
  await reach(page, visitor.page.getByRole("link", { name: visitor.say("balance-title") }).first(), "the balance");
  await page.keyboard.press("Enter");
  await page.waitForURL(/balance/);
  await reach(page, visitor.field("voucher-code"), "the voucher");
  await page.keyboard.type(code);
  await page.keyboard.press("Enter");
  await page.getByRole("main").getByText(/10[.,]00/).first().waitFor();
  await told(visitor, "balance", [line("heading", visitor.say("balance-title"), "\\[level=1\\]")]);
}

async function buy(visitor) {
  const { page } = visitor;
  await reach(page, page.getByRole("navigation", { name: visitor.say("nav-person") }).getByRole("link", { name: visitor.say("basket-title") }), "the basket");
  await page.keyboard.press("Enter");
  await page.waitForURL(/basket/);
  for (const box of await page.getByRole("checkbox").all()) {
    if (!(await box.isVisible()) || (await box.isChecked())) continue;
    await reach(page, box, "a consent");
    await page.keyboard.press("Space");
  }
  const order = page.locator('form[action$="/orders"]').getByRole("button");
  await reach(page, order, "the order");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/(orders\/|downloads)/);
}

async function save(visitor, album) {
  const { page } = visitor;
  await reach(page, page.getByRole("navigation", { name: visitor.say("nav-person") }).getByRole("link", { name: visitor.say("downloads-title") }), "the downloads");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/downloads/);
  const [title] = album.tracks[0];
  const file = page.getByRole("main").getByRole("link", { name: title, exact: true });
  await page.getByText(visitor.say("state-ready"), { exact: true }).nth(album.tracks.length - 1).waitFor({ timeout: 60_000 });
  await told(visitor, "downloads", [line("heading", visitor.say("downloads-title"), "\\[level=1\\]"), ...album.tracks.map(([name]) => line("link", name))]);
  await reach(page, file, "the file");
  const saving = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  const path = join(shop.folder, `${visitor.name}.audio`);
  await (await saving).saveAs(path);
  assert.ok((await stat(path)).size > 10_000, "the file is there");
}

for (const lang of ["en", "ru"]) {
  test(`the keyboard alone leads from search to a saved file, and everything has a name (${lang})`, async () => {
    const album = albums[lang];
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `keys-${lang}` });
    await find(visitor, album);
    await choose(visitor);
    await signUp(visitor, `keys-${lang}@example.org`);
    await redeem(visitor, codes[lang === "en" ? 0 : 1]);
    await buy(visitor);
    await save(visitor, album);
    assert.deepEqual(visitor.faults, [], "no errors on the way");
    await visitor.leave();
  });
}

for (const [lang, scripts] of [["en", true], ["ru", false]]) {
  test(`on a small screen the header is two rows, and its menu opens by the keyboard (${lang}, scripts: ${scripts})`, async () => {
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `menu-${lang}`, scripts });
    const { page } = visitor;
    await page.setViewportSize({ width: 360, height: 740 });
    await visitor.go("/");
    const height = (await page.getByRole("banner").boundingBox()).height;
    assert.ok(height < 125, `a row for the links and one for the search: ${height} px`);
    const menu = page.locator("summary").getByText(visitor.say("nav-menu"), { exact: true });
    await reach(page, menu, "the menu");
    await page.keyboard.press("Enter");
    const charts = page.getByRole("navigation", { name: visitor.say("nav-person") }).getByRole("link", { name: visitor.say("charts-title") });
    await reach(page, charts, "a link of the menu");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/charts/);
    await visitor.leave();
  });
}

// Widths from a telephone lying down to a small desk, beside each place where the header changes.
const BETWEEN = [480, 639, 640, 700, 750, 767, 768, 900, 1023, 1024, 1100];

for (const lang of ["en", "ru"]) {
  test(`at no width do links of the header fall into a row of their own, and the ways into the catalogue are always there (${lang})`, async () => {
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `header-${lang}`, scripts: false });
    const { page } = visitor;
    for (const who of ["a visitor", "a listener"]) {
      if (who === "a listener") await signUp(visitor, `header-${lang}@example.org`);
      await visitor.go("/charts");
      for (const width of BETWEEN) {
        await page.setViewportSize({ width, height: 740 });
        const box = (locator) => locator.boundingBox();
        const [links, brand, header] = [await box(page.getByRole("navigation", { name: visitor.say("nav-person") })), await box(page.locator(".brand")), await box(page.getByRole("banner"))];
        const at = `${who} at ${width} px`;
        assert.ok(links.y < brand.y + brand.height && links.y + links.height > brand.y, `${at}: beside the name`);
        assert.ok(links.height < 60 && header.height < 125, `${at}: ${links.height} px of ${header.height}`);
        const field = await box(visitor.field("search-label"));
        assert.ok(field.width > 120, `${at}: ${field.width} px to search in`);
        const [menu, browse] = [page.locator("summary").getByText(visitor.say("nav-menu"), { exact: true }), page.getByRole("navigation", { name: visitor.say("nav-browse") })];
        assert.notEqual(await menu.isVisible(), await browse.isVisible(), `${at}: a menu, or what would be in it`);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
    }
    assert.deepEqual(visitor.faults, [], "no errors on the way");
    await visitor.context.close();
  });
}
