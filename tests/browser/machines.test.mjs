// What programs of other people read: feeds, the map of the site, the player in others' pages, the end of letters.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { faultsOf } from "./judges.mjs";
import { albums, makeMusic } from "./music.mjs";
import { openBrowser, Visitor } from "./rig.mjs";
import { PASSWORD, Shop } from "./shop.mjs";

const run = promisify(execFile);

let shop;
let browser;
let page;

before(async () => {
  shop = await Shop.open();
  const music = join(shop.folder, "music");
  await makeMusic(music);
  await shop.tell(["import"], [music]);
  browser = await openBrowser();
  page = await browser.newPage();
});

after(async () => {
  await browser?.close();
  assert.deepEqual(await shop?.close(), { code: 0, signal: null }, "the shop ends cleanly when it is asked to");
});

// An answer as the browser's own XML parser sees it: { root, links, titles }.
async function xml(path) {
  const answer = await page.request.get(new URL(path, shop.url).href);
  assert.equal(answer.status(), 200, path);
  const read = await page.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, "application/xml");
    const all = (name) => [...document.getElementsByTagName(name)];
    return {
      broken: document.querySelector("parsererror")?.textContent,
      root: document.documentElement.nodeName,
      links: [...all("loc").map((one) => one.textContent), ...all("link").map((one) => one.getAttribute("href"))],
      titles: all("title").map((one) => one.textContent),
    };
  }, await answer.text());
  assert.equal(read.broken, undefined, `${path} is XML`);
  return { ...read, kind: answer.headers()["content-type"] };
}

async function leadSomewhere(links) {
  for (const link of new Set(links)) assert.ok((await page.request.get(link)).ok(), `${link} answers`);
}

for (const lang of ["en", "ru"]) {
  test(`a reader follows the feeds that pages name (${lang})`, async () => {
    const album = albums[lang];
    const { items } = await shop.api("/releases");
    const release = await shop.api(`/releases/${items.find((one) => one.title === album.title).id}`);
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `feeds-${lang}` });
    for (const [path, has] of [["/", true], [`/artists/${release.artists[0].id}`, true], [`/labels/${release.label.id}`, true], ["/news", false]]) {
      await visitor.go(path);
      const named = await visitor.page.locator('link[type="application/atom+xml"], a[href$=".atom"]').evaluateAll((all) => all.map((one) => one.href));
      assert.ok(named.length > 0, `${path} names a feed`);
      const feeds = await Promise.all([...new Set(named)].map(xml));
      for (const feed of feeds) {
        assert.match(feed.kind, /^application\/atom\+xml/);
        assert.equal(feed.root, "feed");
        await leadSomewhere(feed.links.filter(Boolean));
      }
      const titles = feeds.flatMap((feed) => feed.titles).join("\n");
      if (has) assert.ok(titles.includes(album.title), `${path} has a feed with the album: ${titles}`);
    }
    await visitor.leave();
  });

  test(`letters end by a page for people, and at once for mail programs (${lang})`, async () => {
    const email = `letters-${lang}@example.org`;
    await shop.api("/users", { body: { email, password: PASSWORD } });
    const token = await shop.token(email);
    const { items } = await shop.api("/releases");
    const { artists } = await shop.api(`/releases/${items[0].id}`);
    await shop.api(`/me/follows/artists/${artists[0].id}`, { token, method: "PUT" });
    const asked = `SELECT d.token, d.is_wanted FROM digests d JOIN users u ON u.id = d.user_id WHERE u.email = '${email}'`;
    const state = async () => (await run("sqlite3", [join(shop.data, "gramovar.sqlite"), asked])).stdout.trim().split("|");
    const [secret, wanted] = await state();
    assert.equal(wanted, "1", "who follows gets letters");
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `letters-${lang}`, scripts: lang === "en" });
    await visitor.go(`/unsubscribe/${secret}`);
    await visitor.look("unsubscribe");
    assert.equal((await state())[1], "1", "a look ends nothing");
    await visitor.button("letters-stop").click();
    await visitor.page.getByText(visitor.say("letters-stopped")).waitFor();
    await visitor.look("unsubscribed");
    assert.equal((await state())[1], "0");
    await visitor.leave();
    const post = (path, body) => fetch(`${shop.url}${path}`, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } });
    assert.equal((await post(`/unsubscribe/${secret}`, "List-Unsubscribe=One-Click")).status, 204);
    assert.equal((await post(`/unsubscribe/${secret}`, "something=else")).status, 422);
    assert.equal((await post("/unsubscribe/nobody", "List-Unsubscribe=One-Click")).status, 404);
    const opened = await page.request.get(`${shop.url}/unsubscribe/${secret}`, { headers: { "accept-language": lang } });
    assert.equal(new URL(opened.url()).pathname, `/${lang}/unsubscribe/${secret}`, "a person who opens the address gets the page");
  });
}

test("the map of the site names every public page in both languages, and robots.txt names the map", async () => {
  const robots = await (await page.request.get(`${shop.url}/robots.txt`)).text();
  const map = /^Sitemap: (\S+)$/m.exec(robots)?.[1];
  assert.ok(map, robots);
  assert.match(robots, /^Disallow: \/en\/basket/m);
  const index = await xml(map);
  const parts = index.root === "sitemapindex" ? await Promise.all(index.links.map(xml)) : [index];
  const links = parts.flatMap((part) => part.links);
  const { items } = await shop.api("/releases");
  for (const { id } of items) {
    for (const lang of ["en", "ru"]) assert.ok(links.includes(`${shop.url}/${lang}/releases/${id}`), `the map has ${id} in ${lang}`);
  }
  await leadSomewhere(links);
});

test("another site finds the player by oEmbed and shows it; it plays there without the shop's cookies", async () => {
  const { items } = await shop.api("/releases");
  const album = albums.ru;
  const id = items.find((one) => one.title === album.title).id;
  await page.goto(`${shop.url}/ru/releases/${id}`);
  const found = await page.locator('link[type="application/json+oembed"]').getAttribute("href");
  const card = await (await page.request.get(found)).json();
  assert.deepEqual([card.version, card.type, card.title], ["1.0", "rich", album.title]);
  assert.ok(card.width > 0 && card.height > 0);
  const host = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(`<!DOCTYPE html><html lang="ru"><title>A blog</title><body>${card.html}`));
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
  try {
    const context = await browser.newContext();
    const blog = await context.newPage();
    await blog.goto(`http://localhost:${host.address().port}/`);
    const player = blog.frameLocator("iframe");
    await player.getByRole("heading", { level: 1, name: album.title }).waitFor();
    assert.equal(await player.locator("audio").count(), album.tracks.length);
    const plays = await player.locator("audio").first().evaluate(async (audio) => {
      audio.muted = true;
      await audio.play();
      while (audio.currentTime === 0) await new Promise((wake) => setTimeout(wake, 10));
      return audio.currentTime > 0;
    });
    assert.ok(plays);
    const source = await page.request.get(`${shop.url}/ru/embed/releases/${id}`);
    assert.deepEqual(await faultsOf(await source.text(), "embed"), []);
    await context.close();
  } finally {
    host.closeAllConnections();
    host.close();
  }
});
