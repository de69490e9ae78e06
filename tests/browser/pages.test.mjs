// Every page of the gallery (each in each of its shapes, from samples) before outside judges, in both languages and both themes.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { barriersOn, faultsOf } from "./judges.mjs";
import { openBrowser } from "./rig.mjs";

const GALLERY = process.env.GALLERY ?? fileURLToPath(new URL("../../target/gallery", import.meta.url));
const KINDS = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
const LANGUAGES = ["en", "ru"];
const SMALLEST_GALLERY = 100;
const NARROW = { width: 360, height: 740 };

let server;
let browser;

before(async () => {
  if (!existsSync(GALLERY)) throw new Error(`there is no ${GALLERY}: cargo test -p server --lib the_gallery_shows_every_page`);
  server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://gallery").pathname));
    try {
      const bytes = await readFile(join(GALLERY, path));
      response.writeHead(200, { "content-type": KINDS[extname(path)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      // A cover of a release that is only made up.
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

async function pages(lang) {
  const names = (await readdir(join(GALLERY, lang))).filter((name) => name.endsWith(".html")).sort();
  assert.ok(names.length >= SMALLEST_GALLERY, `the gallery has ${names.length} pages`);
  return names;
}

for (const lang of LANGUAGES) {
  test(`the HTML of every page is valid (${lang})`, async () => {
    const faults = [];
    for (const name of await pages(lang)) faults.push(...await faultsOf(await readFile(join(GALLERY, lang, name), "utf8"), `${lang}/${name}`));
    assert.deepEqual(faults, []);
  });

  test(`axe finds no barrier on any page, light or dark, and none is wider than a small telephone (${lang})`, async () => {
    const context = await browser.newContext({ baseURL: `http://127.0.0.1:${server.address().port}`, locale: lang, viewport: NARROW });
    const page = await context.newPage();
    // Pages that wait for a file ask again by themselves.
    await page.route("**/downloads*.js", (route) => route.abort());
    const faults = [];
    for (const name of await pages(lang)) {
      await page.goto(`/${lang}/${name}`);
      faults.push(...(await barriersOn(page)).map((barrier) => `${lang}/${name}: ${barrier}`));
      const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overhang > 0) faults.push(`${lang}/${name}: ${overhang} px too wide`);
    }
    await context.close();
    assert.deepEqual(faults, []);
  });
}
