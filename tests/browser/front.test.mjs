// What stands around the shop and what people say: the operator writes, closes and picks; listeners read, review, wish and follow.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { albums, makeMusic } from "./music.mjs";
import { openBrowser, Visitor } from "./rig.mjs";
import { PASSWORD, Shop } from "./shop.mjs";

const KEEPER = "keeper@example.org";

let shop;
let browser;

before(async () => {
  shop = await Shop.open();
  const music = join(shop.folder, "music");
  await makeMusic(music);
  await shop.tell(["import"], [music]);
  await shop.tell(["user", "create"], ["--email", KEEPER, "--role", "operator", "--password-stdin"], PASSWORD);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  assert.deepEqual(await shop?.close(), { code: 0, signal: null }, "the shop ends cleanly when it is asked to");
});

async function signIn(visitor, email) {
  await visitor.go("/sign-in");
  await visitor.field("field-email").fill(email);
  await visitor.field("field-password").fill(PASSWORD);
  await visitor.button("sign-in-button").click();
  await visitor.link("account-title").waitFor();
}

// Somebody who owns the album, by the API.
async function owner(email, album) {
  await shop.api("/users", { body: { email, password: PASSWORD } });
  await shop.tell(["user", "credit"], ["--email", email, "--amount", "20.00"]);
  const token = await shop.token(email);
  const { items } = await shop.api("/releases");
  const release = items.find((one) => one.title === album.title).id;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": email };
  const body = JSON.stringify({ items: [{ release }], format: "mp3:cbr:128" });
  const bought = await fetch(`${shop.url}/api/v1/orders`, { method: "POST", headers, body });
  assert.equal(bought.status, 201, await bought.text());
  return release;
}

for (const lang of ["en", "ru"]) {
  test(`an operator writes a text and a post, and closes and opens the shop (${lang})`, async () => {
    const keeper = await Visitor.arrive(browser, shop, { lang, name: `keeper-${lang}`, scripts: lang === "en" });
    const reader = await Visitor.arrive(browser, shop, { lang, name: `reader-${lang}` });
    await signIn(keeper, KEEPER);
    await keeper.go("/about");
    await keeper.link("text-edit").click();
    await keeper.page.locator(`#text-${lang}`).fill("Who **we** are <b>.");
    await keeper.button("account-save").click();
    await keeper.page.getByText(keeper.say("notice-settings-saved")).waitFor();
    await keeper.look("texts");
    await reader.go("/about");
    assert.equal(await reader.page.locator(".prose strong").first().innerText(), "we");
    await reader.look("about");
    for (const page of ["help", "terms", "privacy", "licence"]) {
      await reader.go(`/${page}`);
      await reader.look(page);
    }
    await keeper.go("/operator/news");
    await keeper.field("news-id").fill(`tapes-${lang}`);
    await keeper.page.locator(`#title-${lang}`).fill("Tapes");
    await keeper.page.locator(`#text-${lang}`).fill("Seventy of them.");
    await keeper.button("account-save").click();
    await keeper.look("news-written");
    await reader.go("/news");
    await reader.look("news");
    await reader.page.getByRole("link", { name: "Tapes" }).first().click();
    await reader.page.getByRole("heading", { level: 1, name: "Tapes" }).waitFor();
    await reader.look("post");
    await keeper.go("/operator/texts");
    await keeper.page.locator(`#message-${lang}`).fill("Back at noon.");
    await keeper.button("notice-on").click();
    await keeper.look("closed-for-visitors");
    await reader.go("/releases");
    reader.refused(503, "/releases");
    await reader.page.getByText("Back at noon.").waitFor();
    await reader.look("closed");
    await keeper.button("notice-off").click();
    await reader.go("/releases");
    await reader.look("open");
    await keeper.leave();
    await reader.leave();
  });

  test(`who bought reviews and follows; who did not wishes and reports (${lang})`, async () => {
    const album = albums[lang];
    const release = await owner(`${lang}-buyer@example.org`, album);
    await shop.api("/users", { body: { email: `${lang}-other@example.org`, password: PASSWORD } });
    const buyer = await Visitor.arrive(browser, shop, { lang, name: `buyer-${lang}`, scripts: lang === "en" });
    await signIn(buyer, `${lang}-buyer@example.org`);
    await buyer.go(`/releases/${release}`);
    await buyer.link("review-write").click();
    await buyer.field("review-rating").selectOption("4");
    await buyer.field("review-author").fill("Anna");
    await buyer.field("review-words").fill("Bells in the room.");
    await buyer.button("account-save").click();
    await buyer.page.getByText("Bells in the room.").first().waitFor();
    await buyer.look("reviews");
    await buyer.go(`/releases/${release}`);
    await buyer.look("release");
    await buyer.page.getByRole("main").getByRole("link", { name: album.artist }).first().click();
    await buyer.button("follow").click();
    await buyer.button("follow-no-more").waitFor();
    await buyer.look("artist");
    await buyer.go("/follows");
    await buyer.look("follows");
    const other = await Visitor.arrive(browser, shop, { lang, name: `other-${lang}` });
    await signIn(other, `${lang}-other@example.org`);
    await other.go(`/releases/${release}`);
    await other.button("wish-add").click();
    await other.page.getByText(other.say("notice-wished")).waitFor();
    await other.go("/wishes");
    await other.look("wishes");
    await other.go(`/releases/${release}/reviews`);
    await other.link("review-report").click();
    await other.field("report-reason").fill("rude");
    await other.button("report-button").click();
    await other.page.getByText(other.say("notice-review-reported")).waitFor();
    for (const page of ["picks", "labels", `embed/releases/${release}`]) {
      await other.go(`/${page}`);
      await other.look(page.split("/")[0]);
    }
    const keeper = await Visitor.arrive(browser, shop, { lang, name: `moderator-${lang}` });
    await signIn(keeper, KEEPER);
    await keeper.go("/operator/reviews");
    await keeper.look("moderation");
    await keeper.button("review-hide").first().click();
    await keeper.go(`/releases/${release}/reviews`);
    assert.equal(await keeper.page.getByText("Bells in the room.").count(), 0, "a hidden review is seen by nobody else");
    await keeper.go("/operator/picks");
    await keeper.field("picks-release").fill(release);
    await keeper.button("account-save").click();
    await keeper.look("picks");
    await Promise.all([buyer, other, keeper].map((one) => one.leave()));
  });
}

for (const lang of ["en", "ru"]) {
  test(`an operator moves a genre, and a listener goes down the tree to its releases (${lang})`, async () => {
    const keeper = await Visitor.arrive(browser, shop, { lang, name: `genres-${lang}` });
    await signIn(keeper, KEEPER);
    await keeper.go("/operator/genres?edit=ambient");
    await keeper.look("genre-tree");
    const names = { en: "Ambient", ru: "Эмбиент" };
    await keeper.field("genres-id").fill(`quiet-${lang}`);
    for (const one of ["en", "ru"]) await keeper.page.locator(`#title-${one}`).fill(`Quiet ${lang} ${one}`);
    await keeper.field("genres-spellings").fill("");
    await keeper.button("account-save").click();
    await keeper.page.getByText(keeper.say("notice-settings-saved")).waitFor();
    await keeper.page.getByRole("link", { name: `Quiet ${lang} ${lang}` }).click();
    await keeper.page.locator("#parent").selectOption("ambient");
    await keeper.button("account-save").click();
    await keeper.page.getByText(keeper.say("notice-settings-saved")).waitFor();
    await keeper.go("/operator/genres?edit=electronic");
    await keeper.page.locator("#parent").selectOption(`quiet-${lang}`);
    await keeper.button("account-save").click();
    await keeper.page.getByRole("alert").waitFor();

    const reader = await Visitor.arrive(browser, shop, { lang, name: `tree-${lang}`, scripts: lang === "en" });
    const main = reader.page.getByRole("main");
    await reader.go("/genres");
    await reader.look("genres");
    await main.getByRole("link", { name: names[lang] }).click();
    await main.getByRole("heading", { level: 1, name: names[lang] }).waitFor();
    await reader.look("genre");
    await main.getByRole("link", { name: albums.en.title }).first().waitFor();
    const trail = main.getByRole("navigation", { name: reader.say("genres-trail") });
    await trail.getByRole("link", { name: { en: "Electronic", ru: "Электроника" }[lang] }).click();
    await main.getByRole("link", { name: albums.en.title }).first().waitFor();
    assert.equal(await main.getByRole("link", { name: albums.ru.title }).count(), 0, "other genres stay away");
    await Promise.all([keeper, reader].map((one) => one.leave()));
  });
}
