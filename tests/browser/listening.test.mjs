// Listening before buying: the player goes on while one browses, by mouse and by keyboard; without JavaScript each track has the browser's
// own; what a rights holder forbids and what an operator limits is nowhere.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { listen, sounding, sounds } from "./ear.mjs";
import { albums, makeMusic } from "./music.mjs";
import { openBrowser, Visitor } from "./rig.mjs";
import { PASSWORD, Shop } from "./shop.mjs";


let shop;
let browser;

before(async () => {
  shop = await Shop.open();
  const music = join(shop.folder, "music");
  await makeMusic(music);
  await shop.tell(["import"], [music]);
  await shop.tell(["user", "create"], ["--email", "keeper@example.org", "--password-stdin", "--role", "operator"], PASSWORD);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  assert.deepEqual(await shop?.close(), { code: 0, signal: null }, "the shop ends cleanly when it is asked to");
});

async function atRelease(lang, name, scripts = true) {
  const visitor = await Visitor.arrive(browser, shop, { lang, name, scripts });
  await listen(visitor.page);
  const releases = (await shop.api("/releases")).items;
  const release = releases.find((one) => one.title === albums[lang].title);
  await visitor.go(`/releases/${release.id}`);
  return { visitor, release };
}

const title = (page) => page.locator("#player [data-title]");
const row = (visitor, name) => visitor.page.locator(`[data-listen][data-title="${name}"]`);

for (const lang of ["en", "ru"]) {
  test(`the player goes on over links, searches, the way back and the basket (${lang})`, async () => {
    const { visitor } = await atRelease(lang, `listen-${lang}`);
    const { page } = visitor;
    const album = albums[lang];
    await row(visitor, album.tracks[0][0]).click();
    await sounds(page);
    assert.equal(await title(page).innerText(), album.tracks[0][0]);
    await visitor.look("playing");
    // A page that is loaded anew forgets this.
    await page.evaluate(() => { globalThis.same = true; });
    const release = page.url();
    await page.getByRole("main").getByRole("link", { name: album.artist, exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: album.artist }).waitFor();
    assert.ok((await page.title()).includes(album.artist), "the title follows");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main", "the focus is on what has come");
    await visitor.look("artist-playing");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: album.title }).waitFor();
    assert.equal(page.url(), release);
    await visitor.field("search-label").fill(album.title);
    await visitor.button("search-button").click();
    await page.waitForURL(/\/search\?q=/);
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: album.title }).waitFor();
    await visitor.field("format-label").selectOption("mp3:cbr:128");
    await page.waitForFunction(() => location.search.includes("128"));
    await visitor.button("basket-add").click();
    await visitor.link("in-basket").click();
    await page.getByRole("heading", { level: 1, name: visitor.say("basket-title") }).waitFor();
    await visitor.look("basket-playing");
    assert.ok(await page.evaluate(() => globalThis.same), "all this was one page");
    assert.equal((await sounding(page)).length, 1, "and it still sounds");
    // Loaded anew, it takes up where it was.
    const before = await title(page).innerText();
    await page.reload();
    await page.locator("#player:not([hidden])").waitFor();
    assert.equal(await title(page).innerText(), before);
    await visitor.leave();
  });

  test(`keys, the queue and the next track (${lang})`, async () => {
    const { visitor } = await atRelease(lang, `keys-${lang}`);
    const { page } = visitor;
    const [first, second, third] = albums[lang].tracks.map(([name]) => name);
    await page.getByRole("button", { name: visitor.say("player-queue-all"), exact: true }).click();
    await sounds(page);
    await page.keyboard.press("n");
    await page.waitForFunction((name) => document.querySelector("#player [data-title]").textContent === name, second);
    await sounds(page);
    await page.keyboard.press("k");
    await page.waitForFunction(() => globalThis.heard.every((audio) => audio.paused));
    await page.keyboard.press("k");
    await sounds(page);
    await page.keyboard.press("q");
    const queue = page.locator("#player-queue");
    assert.equal(await queue.getByRole("listitem").count(), 3);
    await visitor.look("queue");
    await queue.getByRole("button", { name: new RegExp(first, "u") }).last().click();
    assert.equal(await queue.getByRole("listitem").count(), 2, "one was taken out");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await visitor.look("keys");
    await page.getByRole("dialog").getByRole("button").click();
    // The last one comes by itself after this one has ended.
    const line = page.getByRole("slider", { name: visitor.say("player-seek"), exact: true });
    await line.fill("6");
    await page.waitForFunction((name) => document.querySelector("#player [data-title]").textContent === name, third, { timeout: 20_000 });
    await sounds(page);
    await page.locator("#player [data-buy]").click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByRole("main").getByText(third).first().waitFor();
    await page.getByRole("button", { name: visitor.say("player-close"), exact: true }).click();
    await page.waitForFunction(() => globalThis.heard.every((audio) => audio.paused));
    assert.ok(await page.locator("#player").isHidden());
    await visitor.leave();
  });
}

test("mute outlasts the page, and one tab plays at a time", async () => {
  const { visitor } = await atRelease("en", "two-tabs");
  const { page } = visitor;
  await row(visitor, albums.en.tracks[0][0]).click();
  await sounds(page);
  await page.keyboard.press("m");
  await page.reload();
  await page.locator("#player:not([hidden])").waitFor();
  assert.equal(await page.locator("#player-volume").inputValue(), "0", "it is silent still");
  await page.keyboard.press("m");
  assert.notEqual(await page.locator("#player-volume").inputValue(), "0");
  await page.reload();
  await page.locator("#player:not([hidden])").waitFor();
  assert.notEqual(await page.locator("#player-volume").inputValue(), "0", "and heard again");
  const state = (tab) => tab.locator("#player [data-act=toggle]").getAttribute("data-state");
  if ((await state(page)) === "paused") await page.locator("#player [data-act=toggle]").click();
  await sounds(page);
  const other = await visitor.context.newPage();
  await listen(other);
  await other.goto(page.url());
  await other.locator(`[data-listen][data-title="${albums.en.tracks[1][0]}"]`).click();
  await sounds(other);
  await page.locator("#player [data-act=toggle][data-state=paused]").waitFor();
  assert.equal(await state(other), "playing");
  await other.close();
  await visitor.leave();
});

for (const lang of ["en", "ru"]) {
  test(`previews that cannot be fetched are tried twice, and then when the listener says so (${lang})`, async () => {
    const { visitor } = await atRelease(lang, `no-previews-${lang}`);
    const { page } = visitor;
    const asked = new Set();
    await page.route("**/preview*", (route) => { asked.add(new URL(route.request().url()).pathname); route.abort(); });
    await row(visitor, albums[lang].tracks[0][0]).click();
    const again = visitor.button("player-again");
    await again.waitFor();
    await page.waitForTimeout(4_000);
    assert.equal(asked.size, 2, "the first track, and the next to be sure");
    assert.equal(await title(page).innerText(), albums[lang].tracks[1][0]);
    assert.ok(await page.getByText(visitor.say("player-failed-all")).first().isVisible());
    assert.equal(await page.locator("#player [data-act=toggle]").getAttribute("data-state"), "paused");
    await visitor.look("no-previews");
    await page.unroute("**/preview*");
    await again.click();
    await sounds(page);
    assert.ok(await again.isHidden());
    const all = page.getByRole("button", { name: visitor.say("player-queue-all"), exact: true });
    await all.click();
    await page.keyboard.press("q");
    assert.equal(await page.locator("#player-queue").getByRole("listitem").count(), albums[lang].tracks.length, "nothing is in the queue twice");
    await visitor.leave();
  });
}

test("without JavaScript each track has the browser's own player, and its file plays", async () => {
  const { visitor } = await atRelease("en", "listen-plain", false);
  const sources = visitor.page.locator("audio[controls] source");
  assert.equal(await sources.count(), 2 * albums.en.tracks.length);
  for (const [at, kind] of [[0, "audio/ogg"], [1, "audio/mpeg"]]) {
    const answer = await visitor.context.request.get(await sources.nth(at).getAttribute("src"));
    assert.deepEqual([answer.status(), answer.headers()["content-type"]], [200, kind]);
    assert.ok((await answer.body()).length > 10_000);
  }
  assert.ok(await visitor.page.locator("audio").first().isVisible());
  await visitor.look("plain");
  await visitor.leave();
});

test("an operator forbids a preview and limits what a release is sold in, and its page obeys", async () => {
  const { visitor, release } = await atRelease("ru", "limits");
  const keeper = await Visitor.arrive(browser, shop, { lang: "en", name: "limits-keeper" });
  await keeper.go("/sign-in");
  await keeper.field("field-email").fill("keeper@example.org");
  await keeper.field("field-password").fill(PASSWORD);
  await keeper.button("sign-in-button").click();
  await keeper.link("account-title").waitFor();
  await keeper.go("/operator/listening");
  await keeper.field("listening-id").fill(release.id);
  await keeper.field("listening-most").fill("0");
  await keeper.button("listening-limit-add").click();
  await keeper.page.getByText(keeper.say("notice-settings-saved")).waitFor();
  await keeper.field("listening-release-id").fill(release.id);
  await keeper.page.getByLabel(keeper.say("format-class-lossy"), { exact: true }).check();
  await keeper.button("listening-formats-add").click();
  await keeper.page.getByText(keeper.say("notice-settings-saved")).waitFor();
  await keeper.look("operator-listening");
  const offered = () => visitor.page.locator("#format option[value^=flac]").count();
  assert.ok((await offered()) > 0 && (await visitor.page.locator("[data-listen]").count()) > 0, "before, it was");
  await visitor.page.reload();
  assert.deepEqual([await offered(), await visitor.page.locator("[data-listen], audio").count()], [0, 0]);
  await visitor.look("limited");
  await visitor.leave();
  await keeper.leave();
});
