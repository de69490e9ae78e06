// Putting things into the basket from a release's page: the button's own place says what became of it, with and without JavaScript, and
// also on a page that was left open while its reader signed out in another tab.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

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
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  assert.deepEqual(await shop?.close(), { code: 0, signal: null }, "the shop ends cleanly when it is asked to");
});

async function atRelease(lang, name, scripts) {
  const visitor = await Visitor.arrive(browser, shop, { lang, name, scripts });
  const { items } = await shop.api("/releases");
  const path = `/releases/${items.find((one) => one.title === albums[lang].title).id}`;
  await visitor.go(path);
  return { visitor, path };
}

const row = (visitor, name) => visitor.page.getByRole("listitem").filter({ has: visitor.page.getByText(name, { exact: true }) }).first();

for (const [lang, scripts] of [["en", true], ["ru", true], ["ru", false]]) {
  test(`a track says in its own place that it is in the basket (${lang}, scripts ${scripts})`, async () => {
    const { visitor } = await atRelease(lang, `basket-${lang}-${scripts}`, scripts);
    const { page } = visitor;
    const [first, second] = albums[lang].tracks.map(([name]) => name);
    if (scripts) await page.evaluate(() => { globalThis.same = true; });
    await row(visitor, second).getByRole("button", { name: "+" }).or(row(visitor, second).locator(".track-buy form[method=post] button")).first().click();
    const there = row(visitor, second).locator(".track-buy a");
    await there.waitFor();
    assert.ok((await there.getAttribute("aria-label")).includes(second), "it is named");
    assert.match(await there.getAttribute("aria-label"), visitor.say("in-basket-named"));
    assert.equal(await row(visitor, first).locator(".track-buy form[method=post]").count(), 1, "the other one is not in it");
    if (scripts) {
      assert.ok(await page.evaluate(() => globalThis.same), "the page stays");
      assert.ok(await there.evaluate((link) => link === document.activeElement), "the keyboard stands where it stood");
      await page.getByRole("status").filter({ hasText: visitor.say("notice-added-to-basket") }).waitFor({ state: "attached" });
    } else {
      await page.getByText(visitor.say("notice-added-to-basket")).waitFor();
    }
    assert.match(await page.locator(".person").innerText(), /1/, "the header counts");
    await visitor.look("in-the-basket");
    await visitor.button("basket-add").click();
    await visitor.link("in-basket").waitFor();
    assert.equal(await page.locator(".track-buy a").count(), albums[lang].tracks.length, "with the album every track");
    await there.click();
    await page.getByRole("heading", { level: 1, name: visitor.say("basket-title") }).waitFor();
    assert.equal(await page.locator(".line").count(), 1, "the album took the place of its track");
    await visitor.leave();
  });
}

for (const scripts of [true, false]) {
  test(`a page left open while its reader signed out still fills the basket, and a wish comes back to its release (scripts ${scripts})`, async () => {
    const email = `left-${scripts}@example.org`;
    await shop.api("/users", { body: { email, password: PASSWORD } });
    const { visitor, path } = await atRelease("en", `left-open-${scripts}`, scripts);
    const { page } = visitor;
    const signIn = async (tab) => {
      await tab.getByLabel(visitor.say("field-email"), { exact: true }).fill(email);
      await tab.getByLabel(visitor.say("field-password"), { exact: true }).fill(PASSWORD);
      await tab.getByRole("button", { name: visitor.say("sign-in-button"), exact: true }).click();
    };
    await visitor.go(`/sign-in?next=${path}`);
    await signIn(page);
    await visitor.button("wish-add").waitFor();
    const other = await visitor.context.newPage();
    await other.goto("/en/account");
    await other.getByRole("button", { name: visitor.say("sign-out"), exact: true }).click();
    await other.getByText(visitor.say("notice-signed-out")).waitFor();
    await other.close();
    await visitor.button("basket-add").click();
    await visitor.link("in-basket").waitFor();
    await visitor.look("filled");
    // Whoever is signed in again in another tab has an old page all the same.
    await visitor.go(`/sign-in?next=${path}`);
    await signIn(page);
    await visitor.button("wish-add").waitFor();
    await visitor.context.clearCookies({ name: "session" });
    await visitor.button("wish-add").click();
    await page.waitForURL(/sign-in/);
    await signIn(page);
    await page.waitForURL((url) => url.pathname === `/en${path}`);
    await visitor.button("wish-add").click();
    await page.getByText(visitor.say("notice-wished")).waitFor();
    await visitor.leave();
  });
}
