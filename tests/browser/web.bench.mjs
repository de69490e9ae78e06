// Pages before outside judges, and their times on the server: writes docs/benchmarks/web.md. Measures; nothing here passes or fails.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

import { barriersOn, faultsOf, weightOf } from "./judges.mjs";
import { openBrowser } from "./rig.mjs";
import { BINARY, Shop } from "./shop.mjs";

const { values: given } = parseArgs({
  options: {
    // The folder of a made-up catalogue (made when it is not there), how many tracks it is to have, and where the figures go.
    data: { type: "string" }, tracks: { type: "string", default: "1000000" }, out: { type: "string" },
    // How long each row of times is measured, and how often Lighthouse looks at a page (the median counts).
    seconds: { type: "string", default: "10" }, releases: { type: "string", default: "1000" }, looks: { type: "string", default: "3" },
    // `pages` or `times`: half of it.
    only: { type: "string" },
  },
});
const LIGHTHOUSE = fileURLToPath(new URL("../lighthouse/node_modules/lighthouse/core/index.js", import.meta.url));
const LIGHTHOUSE_PORT = 19_222;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const LISTENER = { email: "listener@demo.example", password: "listen to music" };
const CLIENTS = [1, 32];

const FILL_TIMEOUT_MS = 3_600_000;
const SEARCHES = ["night", "love", "ночь", "summer", "blue", "огонь"];
const LIMITS_KB = { all: 60, script: 20 };

const lines = [];
const say = (line = "") => { lines.push(line); console.log(line); };
const kb = (bytes) => (bytes / 1000).toFixed(1);

await head();
if (given.only !== "times") await look();
if (given.data && given.only !== "pages") await times(given.data);
if (given.out) await writeFile(given.out, `${lines.join("\n")}\n`);

async function look() {
  const browser = await openBrowser();
  try {
    const shop = await Shop.open("demo");
    try {
      const context = await browser.newContext({ baseURL: shop.url });
      const pages = await visit(shop, context);
      await lighthouse(shop, context, pages);
      await judged(context, pages);
      await weighed(browser, shop, pages);
      await context.close();
    } finally {
      await shop.close();
    }
  } finally {
    await browser.close();
  }
}

async function head() {
  say("# Pages");
  say();
  say(`\`make bench-web\`: pages of the demo catalogue before Lighthouse, axe-core and html-validate, what they weigh, and how long the server takes`);
  say(`for pages of a made-up catalogue. Measured on ${new Date().toISOString().slice(0, 10)} on ${cpus().length} shared cores; browser, load and server share them.`);
}

// Signs in, buys an album, and gives the pages: name, path, whether it is somebody's own.
async function visit(shop, context) {
  const page = await context.newPage();
  await page.goto("/en/sign-in");
  await page.locator("main input[type=email]").fill(LISTENER.email);
  await page.locator("main input[type=password]").fill(LISTENER.password);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL((url) => !url.pathname.includes("sign-in"));
  let items = [];
  for (const deadline = Date.now() + 60_000; items.length < 5 && Date.now() < deadline;) {
    ({ items } = await shop.api("/releases?limit=20"));
    if (items.length < 5) await page.waitForTimeout(500);
  }
  const release = (await shop.api(`/releases/${items[0].id}`));
  const { token } = await shop.api("/sessions", { body: LISTENER });
  const consents = await shop.api("/me/consents", { token });
  for (const { kind, version } of consents.required ?? []) await shop.api("/me/consents", { token, body: { kind, version } });
  await shop.api("/orders", { token, key: "an album", body: { items: [{ release: items[0].id }], format: "mp3:cbr:128" } });
  await page.goto("/en/downloads");
  await page.locator("[data-state=ready]").first().waitFor({ timeout: 60_000 });
  await page.close();
  const word = release.title.split(" ")[0].toLowerCase();
  return [
    ["home", "/"], ["search", `/search?q=${encodeURIComponent(word)}`], ["release", `/releases/${release.id}`],
    ["wallet", "/balance", true], ["downloads", "/downloads", true], ["artist", `/artists/${release.artists[0].id}`],
    ["genre", `/genres/${release.genres[0]?.id ?? ""}`], ["newest", "/releases"], ["charts", "/charts"], ["labels", "/labels"], ["picks", "/picks"],
    ["news", "/news"], ["licence", "/licence"], ["help", "/help"], ["api", "/api"], ["basket", "/basket"], ["orders", "/orders", true],
    ["account", "/account", true], ["wishes", "/wishes", true], ["follows", "/follows", true], ["gifts", "/gifts", true],
    ["reviews", `/releases/${release.id}/reviews`], ["sign-in", "/sign-in"], ["sign-up", "/sign-up"], ["nothing there", "/nowhere"],
  ].map(([name, path, own = false]) => ({ name, path, own }));
}

async function lighthouse(shop, context, pages) {
  say();
  say("## Lighthouse");
  say();
  say(`Mobile profile (a slow telephone on a slow line, simulated), the median of ${given.looks} looks. Wallet and downloads are shown signed in.`);
  say();
  say(`| page | ${CATEGORIES.join(" | ")} | first content | largest content | shift | what is short of 100 |`);
  say("|---|---|---|---|---|---|---|---|---|");
  const { default: look } = await import(pathToFileURL(LIGHTHOUSE).href);
  const seen = await openBrowser([`--remote-debugging-port=${LIGHTHOUSE_PORT}`]);
  // Lighthouse opens its pages in the browser's own context, which Playwright does not show otherwise.
  const door = await chromium.connectOverCDP(`http://127.0.0.1:${LIGHTHOUSE_PORT}`);
  const cookies = await context.cookies();
  try {
    for (const { name, path, own } of pages.slice(0, 5)) {
      const results = [];
      for (let n = 0; n < Number(given.looks); n += 1) {
        await door.contexts()[0].clearCookies();
        if (own) await door.contexts()[0].addCookies(cookies);
        const options = { port: LIGHTHOUSE_PORT, logLevel: "silent", disableStorageReset: own };
        const { lhr } = await look(`${shop.url}/en${path}`, options);
        if (lhr.runtimeError || !lhr.finalDisplayedUrl.endsWith(path)) throw new Error(`${path}: ${lhr.runtimeError?.message ?? lhr.finalDisplayedUrl}`);
        results.push(lhr);
      }
      results.sort((a, b) => a.categories.performance.score - b.categories.performance.score);
      const lhr = results[Math.floor(results.length / 2)];
      const scores = CATEGORIES.map((id) => Math.round(lhr.categories[id].score * 100));
      say(`| ${name} | ${scores.join(" | ")} | ${shown(lhr, "first-contentful-paint")} | ${shown(lhr, "largest-contentful-paint")} | ${shown(lhr, "cumulative-layout-shift")} | ${shortfalls(lhr)} |`);
    }
  } finally {
    await door.close();
    await seen.close();
  }
}

function shown(lhr, audit) {
  return lhr.audits[audit].displayValue?.replace(/\u00a0/g, " ") ?? "–";
}

// What weighs in a category and is not full.
function shortfalls(lhr) {
  const short = new Set();
  for (const id of CATEGORIES) {
    if (lhr.categories[id].score === 1) continue;
    for (const { id: audit, weight } of lhr.categories[id].auditRefs) {
      const { score, title } = lhr.audits[audit];
      if (weight > 0 && score !== null && score < 1) short.add(audit === "is-crawlable" ? "kept from search engines on purpose" : title);
    }
  }
  return [...short].join("; ");
}

async function judged(context, pages) {
  const faults = [];
  let looks = 0;
  const page = await context.newPage();
  for (const lang of ["en", "ru"]) {
    for (const { name, path } of pages) {
      const answer = await page.goto(`/${lang}${path}`);
      faults.push(...await faultsOf(await answer.text(), `${lang} ${name}`));
      faults.push(...(await barriersOn(page)).map((barrier) => `${lang} ${name}: ${barrier}`));
      looks += 1;
    }
  }
  await page.close();
  say();
  say("## Barriers and validity");
  say();
  say(`${looks} pages of the running shop (${pages.length} in two languages), each in light and dark: ${faults.length} faults by axe-core and html-validate.`);
  say("The gallery (every page in each of its shapes) is judged by `make test-browser`.");
  for (const fault of faults) say(`- ${fault}`);
}

async function weighed(browser, shop, pages) {
  say();
  say("## Weight");
  say();
  say("A first visit over HTTP as Chromium counts it, headers included, without covers; there are no fonts.");
  say();
  say(`| page | kB | of it script | asked |`);
  say("|---|---|---|---|");
  for (const { name, path } of pages.slice(0, 3)) {
    const context = await browser.newContext({ baseURL: shop.url });
    const { all, script } = await weightOf(context, `/en${path}`);
    await context.close();
    say(`| ${name} | ${kb(all)} | ${kb(script)} | ${LIMITS_KB.all} and ${LIMITS_KB.script} |`);
  }
}

// A program of the shop over a folder of its own.
async function serve(data) {
  const command = existsSync(join(data, "gramovar.sqlite")) ? ["serve"] : ["demo", "--synthetic-tracks", given.tracks, "--seed", "1"];
  const server = spawn(BINARY, [...command, "--data", data, "--listen", "127.0.0.1:0", "--log", "warn"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /listening on (http:\/\/\S+)/.exec(line)?.[1];
    if (url) {
      // What else it says is not wanted, but must go somewhere.
      server.stdout.resume();
      return { server, url: url.replace(/\/$/, "") };
    }
  }
  throw new Error("the shop does not listen");
}

async function times(data) {
  const { server, url } = await serve(data);
  try {
    const ask = async (path) => (await fetch(`${url}/api/v1${path}`)).json();
    await settled(url);
    const [releases, questions] = [[], new Set()];
    for (let after = ""; releases.length < Number(given.releases);) {
      const { items, next } = await ask(`/releases?limit=200${after && `&after=${encodeURIComponent(after)}`}`);
      releases.push(...items.map(({ id }) => id));
      items.forEach((item, n) => questions.add(question(item, n)));
      if (!next) break;
      after = next;
    }
    say();
    say("## Time on the server");
    say();
    say(`A catalogue of ${given.tracks} tracks made by \`gramovar demo --synthetic-tracks\`; \`wrk\` on one thread, connections kept, ${given.seconds} seconds a row after`);
    say(`a warm-up, packed answers asked for. Release pages are of ${releases.length} releases in turn, searches of ${SEARCHES.length} words,`);
    say(`new ones of ${questions.size} titles, names of artists and words of titles.`);
    say();
    say("| page | clients | p50 ms | p99 ms | pages per second | asked |");
    say("|---|---|---|---|---|---|");
    const rows = [
      ["home", ["/en/"], "3,000"], ["search", SEARCHES.map((word) => `/en/search?q=${encodeURIComponent(word)}`), ""],
      ["search, all of them new", [...questions].map((text) => `/en/search?q=${encodeURIComponent(text)}&v=__n`), ""],
      ["release, all of them new", releases.map((id) => `/en/releases/${id}?v=__n`), "1,000"],
      ["release", releases.map((id) => `/en/releases/${id}`), "1,000"],
    ];
    for (const [name, paths, asked] of rows) {
      for (const clients of CLIENTS) {
        await load(url, paths, clients, 2);
        const { p50, p99, rate } = await load(url, paths, clients, Number(given.seconds));
        say(`| ${name} | ${clients} | ${p50} | ${p99} | ${rate} | ${clients === 1 ? "3 and 15 ms" : asked} |`);
      }
    }
  } finally {
    server.kill("SIGTERM");
    await once(server, "exit");
  }
}

// What somebody might type to find a release: its title, its artist, or a word of its title.
function question({ title, artists }, n) {
  const words = title.split(" ");
  return [title, words[0], artists[0].name, words.at(-1)][n % 4];
}

// Waits until the catalogue stands and the index has caught up: a word is found, and answering costs nothing for a while.
async function settled(url) {
  for (const deadline = Date.now() + FILL_TIMEOUT_MS; Date.now() < deadline; await new Promise((wake) => setTimeout(wake, 5000))) {
    const { items } = await (await fetch(`${url}/api/v1/search?q=night&limit=1`)).json();
    if ((items ?? []).length > 0) return;
  }
  throw new Error("the catalogue is never found");
}

// `__n` in a path is a number that was never used.
async function load(url, paths, clients, seconds) {
  const script = `local paths = {${paths.map((path) => JSON.stringify(path)).join(",")}}
local n = ${Date.now() % 1_000_000_000}
request = function()
  n = n + 1
  return wrk.format("GET", (paths[n % #paths + 1]:gsub("__n", tostring(n))), { ["Accept-Encoding"] = "gzip", ["Cookie"] = "visitor=${"0".repeat(64)}" })
end
done = function(summary, latency)
  io.write(string.format("RESULT %.2f %.2f %d %d\\n", latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests / summary.duration * 1e6,
    summary.errors.status + summary.errors.read + summary.errors.connect + summary.errors.timeout))
end`;
  const file = join(process.env.TMPDIR ?? "/tmp", `gramovar-load-${process.pid}.lua`);
  await writeFile(file, script);
  const wrk = spawn("wrk", ["-t1", `-c${clients}`, `-d${seconds}`, "-s", file, url], { stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  wrk.stdout.on("data", (text) => { told += text; });
  await once(wrk, "close");
  const [, p50, p99, rate, errors] = /RESULT (\S+) (\S+) (\d+) (\d+)/.exec(told) ?? [];
  if (errors !== "0") throw new Error(`the load went wrong:\n${told}`);
  return { p50, p99, rate };
}
