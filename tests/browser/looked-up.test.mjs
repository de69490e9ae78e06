// What an operator looks up: a release that he takes off sale and puts back, an order with its paper, a listener with what moved his
// balance. And the way out: a listener who closes his account.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { albums, makeMusic } from "./music.mjs";
import { openBrowser, Visitor } from "./rig.mjs";
import { PASSWORD, Shop } from "./shop.mjs";

const KEEPER = "keeper@example.org";
const READY_TIMEOUT_MS = 60_000;

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

// Somebody whose order is settled and has a receipt, by the API.
async function buyer(email, album) {
  await shop.api("/users", { body: { email, password: PASSWORD } });
  await shop.tell(["user", "credit"], ["--email", email, "--amount", "20.00"]);
  const token = await shop.token(email);
  const { items } = await shop.api("/releases");
  const release = items.find((one) => one.title === album.title).id;
  const order = await shop.api("/orders", { token, key: email, body: { items: [{ release }], format: "mp3:cbr:128" } });
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline;) {
    if ((await shop.api(`/orders/${order.id}`, { token })).state === "charged") break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await shop.api(`/orders/${order.id}/receipt`, { token });
}

for (const lang of ["en", "ru"]) {
  test(`an operator looks up a listener, his order and its paper, and takes a release off sale (${lang})`, async () => {
    const [album, email] = [albums[lang], `${lang}-buyer@example.org`];
    await buyer(email, album);
    const keeper = await Visitor.arrive(browser, shop, { lang, name: `looks-up-${lang}`, scripts: lang === "en" });
    const { page } = keeper;
    const main = page.getByRole("main");
    await keeper.go("/sign-in");
    await keeper.field("field-email").fill(KEEPER);
    await keeper.field("field-password").fill(PASSWORD);
    await keeper.button("sign-in-button").click();
    await keeper.link("account-title").waitFor();

    await keeper.go("/operator/listeners");
    await keeper.field("listeners-words").fill(email.slice(0, 5).toUpperCase());
    await main.getByRole("button", { name: keeper.say("search-button") }).click();
    await keeper.look("listeners");
    await main.getByRole("link", { name: email }).click();
    await main.getByRole("heading", { level: 1, name: email }).waitFor();
    assert.ok((await main.getByRole("row").count()) > 2, "every movement has a row");
    await keeper.look("listener");
    await main.getByRole("paragraph").getByRole("link", { name: keeper.say("operator-orders"), exact: true }).click();
    await keeper.look("orders-of-listener");
    await main.getByRole("link", { name: album.title }).click();
    const paper = main.getByRole("link", { name: /PDF/ });
    await paper.waitFor();
    await keeper.look("sold-order");
    const answer = await keeper.context.request.get(await paper.getAttribute("href"));
    assert.equal(answer.headers()["content-type"], "application/pdf");

    await keeper.go("/operator/orders?listener=nobody@example.org");
    await main.getByRole("alert").waitFor();
    keeper.refused(422, "/operator/orders");

    await keeper.go("/operator/releases");
    const row = main.getByRole("row").filter({ hasText: album.title });
    assert.equal(await row.getByRole("button", { name: keeper.say("release-withdraw-yes") }).count(), 0, "one tap withdraws nothing");
    await row.locator("summary").click();
    await keeper.look("asks");
    await row.getByRole("button", { name: keeper.say("release-withdraw-yes") }).click();
    await page.getByText(keeper.say("notice-settings-saved")).waitFor();
    await keeper.look("withdrawn");
    await keeper.go("/releases");
    assert.equal(await main.getByRole("link", { name: album.title }).count(), 0, "what is off sale is not shown");
    await keeper.go("/operator/releases");
    await keeper.field("releases-words").fill(album.title.slice(0, 5).toUpperCase());
    await keeper.field("orders-state").selectOption("withdrawn");
    await main.getByRole("button", { name: keeper.say("search-button") }).click();
    await row.getByRole("button", { name: keeper.say("release-restore") }).click();
    await page.getByText(keeper.say("notice-settings-saved")).waitFor();
    await keeper.look("on-sale-again");
    await keeper.leave();
  });
}

for (const lang of ["en", "ru"]) {
  test(`a listener closes his account, and its address is free again (${lang})`, async () => {
    const email = `${lang}-leaver@example.org`;
    await shop.api("/users", { body: { email, password: PASSWORD } });
    await shop.tell(["user", "credit"], ["--email", email, "--amount", "2.00"]);
    const leaver = await Visitor.arrive(browser, shop, { lang, name: `leaves-${lang}`, scripts: lang === "en" });
    await leaver.go("/sign-in");
    await leaver.field("field-email").fill(email);
    await leaver.field("field-password").fill(PASSWORD);
    await leaver.button("sign-in-button").click();
    await leaver.link("account-title").click();
    await leaver.link("close-title").click();
    await leaver.look("close");
    await leaver.page.getByLabel(leaver.say("close-give-up")).check();
    await leaver.field("field-present-password").fill("not this one");
    await leaver.button("close-button").click();
    await leaver.page.locator("[aria-invalid]").waitFor();
    leaver.refused(422, "/account/close");
    await leaver.refusedAt("field-present-password", "refusal-password-wrong");
    await leaver.page.getByLabel(leaver.say("close-give-up")).check();
    await leaver.field("field-present-password").fill(PASSWORD);
    await leaver.button("close-button").click();
    await leaver.page.getByText(leaver.say("notice-account-closed")).waitFor();
    await leaver.look("closed-account");
    await leaver.go("/sign-in");
    await leaver.field("field-email").fill(email);
    await leaver.field("field-password").fill(PASSWORD);
    await leaver.button("sign-in-button").click();
    await leaver.page.getByText(leaver.say("refusal-credentials-wrong")).waitFor();
    leaver.refused(422, "/sign-in");
    await shop.api("/users", { body: { email, password: PASSWORD } });
    await leaver.context.close();
  });
}
