// From the first page to a file on disk that plays and cost what its payload costs: in English, in Russian, and without JavaScript.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { albums, makeMusic, TRACK_LENGTH_S } from "./music.mjs";
import { openBrowser, Visitor } from "./rig.mjs";
import { PASSWORD, Shop } from "./shop.mjs";

const run = promisify(execFile);
const VOUCHER = "10.00";
const VOUCHER_MICROS = 10_000_000;
const PRICE_PER_MB_MICROS = 1_000_000;
const FOUND_TIMEOUT_MS = 30_000;
const READY_TIMEOUT_MS = 60_000;
const LENGTH_TOLERANCE_S = 0.06;

let shop;
let browser;
let codes;

before(async () => {
  shop = await Shop.open();
  // A dollar a megabyte, so that a price of a few seconds of sound has digits that differ.
  await shop.tell(["tariff", "set"], ["--price-per-mb", "1.00"]);
  const music = join(shop.folder, "music");
  await makeMusic(music);
  await shop.tell(["import"], [music]);
  codes = await shop.vouchers(VOUCHER, 3);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  assert.deepEqual(await shop?.close(), { code: 0, signal: null }, "the shop ends cleanly when it is asked to");
});

// Home, then search by the beginning of a word, until the index has the import; ends on the release's page.
async function find(visitor, album) {
  const { page } = visitor;
  await visitor.go("/");
  const card = page.getByRole("main").getByRole("link", { name: album.title });
  for (const deadline = Date.now() + FOUND_TIMEOUT_MS; (await card.count()) === 0 && Date.now() < deadline;) await visitor.go("/");
  await visitor.look("home");
  const result = page.getByRole("main").getByRole("link", { name: album.title, exact: true });
  for (const deadline = Date.now() + FOUND_TIMEOUT_MS; ;) {
    await visitor.field("search-label").fill(album.title.slice(0, 5).toLowerCase());
    await visitor.button("search-button").click();
    await page.waitForURL(/\/search\?q=/);
    if ((await result.count()) > 0 || Date.now() > deadline) break;
    await visitor.go("/");
  }
  await visitor.look("search");
  if (visitor.scripts) {
    await suggest(visitor, album);
    await page.goBack();
  }
  await result.first().click();
  await page.getByRole("heading", { level: 1, name: album.title }).waitFor();
  for (const [title] of album.tracks) await page.getByRole("listitem").filter({ hasText: title }).waitFor();
  assert.equal(await page.locator("audio").count(), album.tracks.length, "each track has a preview");
  await visitor.look("release");
}

// From the second letter on the search field suggests, and the keyboard alone leads from there to the release.
async function suggest(visitor, album) {
  const { page } = visitor;
  const field = visitor.field("search-label");
  await field.fill("");
  await field.pressSequentially(album.title.slice(0, 2));
  const option = page.getByRole("option").filter({ hasText: album.title }).first();
  await option.waitFor();
  await visitor.look("suggestions");
  for (let at = 0; (await option.getAttribute("aria-selected")) !== "true"; at += 1) {
    assert.ok(at < (await page.getByRole("option").count()), "the arrow keys reach every suggestion");
    await field.press("ArrowDown");
  }
  await field.press("Enter");
  await page.waitForURL(/\/releases\//);
}

// Chooses another format and sees another price before paying; gives the price shown.
async function choose(visitor, format) {
  const { page } = visitor;
  const chooser = visitor.field("format-label");
  const total = page.locator("[aria-live]").first();
  const cheaper = "mp3:cbr:128";
  for (const chosen of [cheaper, format]) {
    const shown = await total.innerText();
    if ((await chooser.inputValue()) === chosen) continue;
    await chooser.selectOption(chosen);
    if (!visitor.scripts) {
      await visitor.button("format-show-prices").click();
      await page.waitForURL((url) => url.searchParams.get("format") === chosen);
    } else {
      await page.waitForFunction((old) => document.querySelector("[aria-live]").innerText !== old, shown);
    }
    assert.notEqual(await total.innerText(), shown, `${chosen} has a price of its own`);
  }
  assert.match(await total.innerText(), /\d[.,]\d\d/, "the price is shown before anyone signs in");
  await visitor.look("chosen");
}

async function signUp(visitor, email) {
  await visitor.link("sign-up-title").last().click();
  await visitor.field("field-email").fill(email);
  await visitor.field("field-password").fill("short");
  await visitor.button("sign-up-button").click();
  await visitor.page.locator("[aria-invalid]").waitFor();
  visitor.refused(422, "/sign-up");
  assert.equal(await visitor.field("field-email").inputValue(), email, "a refused form keeps what was typed");
  await visitor.look("sign-up-refused");
  await visitor.field("field-password").fill(PASSWORD);
  await visitor.button("sign-up-button").click();
  await visitor.link("account-title").waitFor();
}

async function redeem(visitor, email, code) {
  await visitor.go("/balance");
  await visitor.field("voucher-code").fill(code);
  await visitor.button("voucher-redeem").click();
  await visitor.page.getByRole("main").getByText(/10[.,]00/).first().waitFor();
  await visitor.look("balance");
  await visitor.field("voucher-code").fill(code);
  await visitor.button("voucher-redeem").click();
  await visitor.page.locator("[aria-invalid]").waitFor();
  visitor.refused(422, "/balance");
  await visitor.refusedAt("voucher-code", "refusal-voucher-used");
  assert.equal((await shop.api("/wallet", { token: await shop.token(email) })).balance_micros, VOUCHER_MICROS, "credited once");
  await visitor.look("voucher-again");
}

// Waits until every file is ready: the page tells by itself with scripts, and after a reload without.
async function untilReady(visitor, count) {
  const { page } = visitor;
  await visitor.go("/downloads");
  const ready = page.getByText(visitor.say("state-ready"), { exact: true });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while ((await ready.count()) < count) {
    assert.ok(Date.now() < deadline, `not ready: ${await page.getByRole("main").innerText()}`);
    await page.waitForTimeout(500);
    if (!visitor.scripts) await page.reload();
  }
  await visitor.look("downloads");
}

// The files stand in the album's order, whatever order they were made in.
async function inOrder(visitor, album) {
  const shown = await visitor.page.locator(".file-title").allInnerTexts();
  assert.deepEqual(shown.map((text) => text.trim()), album.tracks.map(([title], index) => `${index + 1} ${title}`));
}

// Saves every track and holds the file against an outside judge, the API's account of it, and the balance.
async function save(visitor, album, { email, container, codec }) {
  const token = await shop.token(email);
  const { items } = await shop.api("/downloads", { token });
  assert.equal(items.length, album.tracks.length);
  for (const [index, [title]] of album.tracks.entries()) {
    const saving = visitor.page.waitForEvent("download");
    await visitor.page.getByRole("main").getByRole("link", { name: title, exact: true }).click();
    const download = await saving;
    assert.match(download.suggestedFilename(), new RegExp(`^0?${index + 1} ${title}\\.\\w+$`, "u"));
    const path = join(shop.folder, `${visitor.name}-${download.suggestedFilename()}`);
    await download.saveAs(path);
    const bytes = await readFile(path);
    const item = items.find((one) => one.sha256 === createHash("sha256").update(bytes).digest("hex"));
    assert.ok(item, `${title}: the API names the file's own hash`);
    assert.equal(item.file_bytes, bytes.length, `${title}: the file is as long as was said`);
    await judge(path, { title, album, container, codec });
  }
  const wallet = await shop.api("/wallet", { token });
  const price = items.reduce((sum, item) => sum + item.bytes * PRICE_PER_MB_MICROS / 1_000_000, 0);
  assert.equal(wallet.balance_micros, VOUCHER_MICROS - price, "charged is what the payload costs");
}

async function judge(path, { title, album, container, codec }) {
  const shown = ["-v", "error", "-show_format", "-show_streams", "-of", "json", path];
  const { format, streams } = JSON.parse((await run("ffprobe", shown)).stdout);
  const sound = streams.find((stream) => stream.codec_type === "audio");
  const tags = Object.fromEntries(Object.entries({ ...sound.tags, ...format.tags }).map(([key, value]) => [key.toLowerCase(), value]));
  assert.equal(format.format_name, container);
  assert.equal(sound.codec_name, codec);
  assert.ok(Math.abs(Number(format.duration) - TRACK_LENGTH_S) < LENGTH_TOLERANCE_S, `${title} lasts ${format.duration} s`);
  assert.deepEqual([tags.title, tags.artist, tags.album], [title, album.artist, album.title]);
  assert.ok(streams.some((stream) => stream.disposition?.attached_pic === 1), `${title} carries its cover`);
  const { stderr } = await run("ffmpeg", ["-v", "error", "-i", path, "-f", "null", "-"]);
  assert.equal(stderr, "", `${title} decodes without a word`);
}

// The basket that was filled before, on the page that signing up or in leads back to.
async function holds(visitor, album) {
  await visitor.link("account-title").waitFor();
  const { page } = visitor;
  assert.equal(new URL(page.url()).pathname, `/${visitor.lang}/basket`, "signing in leads back to the basket");
  await page.getByRole("main").getByRole("link", { name: album.title, exact: true }).waitFor();
}

async function buy(visitor) {
  for (const box of await visitor.page.getByRole("checkbox").all()) await box.check();
  await visitor.look("before-buying");
  await visitor.page.locator('form[action$="/orders"]').getByRole("button").click();
  await visitor.page.waitForURL(/\/(orders\/|downloads)/);
  await visitor.look("bought");
}

test("an English visitor fills a basket, signs up, redeems a voucher and saves an album as MP3 320", async () => {
  const visitor = await Visitor.arrive(browser, shop, { lang: "en", name: "en" });
  const email = "ann@example.org";
  await find(visitor, albums.en);
  await choose(visitor, "mp3:cbr:320");
  await visitor.button("basket-add").click();
  await visitor.page.getByText(visitor.say("notice-added-to-basket")).waitFor();
  await visitor.link("in-basket").click();
  await visitor.page.getByRole("heading", { level: 1, name: visitor.say("basket-title") }).waitFor();
  await visitor.look("basket");
  await signUp(visitor, email);
  await holds(visitor, albums.en);
  await redeem(visitor, email, codes[0]);
  await visitor.go("/basket");
  await buy(visitor);
  await untilReady(visitor, albums.en.tracks.length);
  await inOrder(visitor, albums.en);
  await save(visitor, albums.en, { email, container: "mp3", codec: "mp3" });
  await visitor.go("/account");
  await visitor.look("account");
  await visitor.leave();
});

test("a Russian visitor signs up first and buys an album at once as Opus", async () => {
  const visitor = await Visitor.arrive(browser, shop, { lang: "ru", name: "ru" });
  const email = "vera@example.org";
  await visitor.go("/sign-up");
  await signUp(visitor, email);
  await redeem(visitor, email, codes[1]);
  await find(visitor, albums.ru);
  await choose(visitor, "opus:cbr:192");
  await visitor.button("buy-album").click();
  await buy(visitor);
  await untilReady(visitor, albums.ru.tracks.length);
  await inOrder(visitor, albums.ru);
  await save(visitor, albums.ru, { email, container: "ogg", codec: "opus" });
  await visitor.go("/orders");
  await visitor.look("orders");
  await visitor.leave();
});

test("without JavaScript everything from search to the saved FLAC works", async () => {
  const visitor = await Visitor.arrive(browser, shop, { lang: "en", name: "plain", scripts: false });
  const email = "noscript@example.org";
  await find(visitor, albums.ru);
  await choose(visitor, "flac:lossless:5");
  await visitor.button("basket-add").click();
  await visitor.link("in-basket").click();
  await signUp(visitor, email);
  await holds(visitor, albums.ru);
  await redeem(visitor, email, codes[2]);
  await visitor.go("/basket");
  await buy(visitor);
  await untilReady(visitor, albums.ru.tracks.length);
  await inOrder(visitor, albums.ru);
  await save(visitor, albums.ru, { email, container: "flac", codec: "flac" });
  await visitor.leave();
});

async function signIn(visitor, email) {
  await visitor.go("/sign-in");
  await visitor.field("field-email").fill(email);
  await visitor.field("field-password").fill(PASSWORD);
  await visitor.button("sign-in-button").click();
  await visitor.link("account-title").waitFor();
}

// Saves what a link leads to, and gives its path.
async function saved(visitor, link) {
  const saving = visitor.page.waitForEvent("download");
  await link.click();
  const download = await saving;
  const path = join(shop.folder, `${visitor.name}-${download.suggestedFilename()}`);
  await download.saveAs(path);
  return path;
}

// What is sold under a society's licence, with a discount for a code; a price of tariffs to try on it.
const TERMS = `
[[payee]]
id = "society"
name = "The Society"
kind = "society"
currency = "USD"
email = "holder@example.org"

[[licence]]
id = "society"
kind = "society"
payee = "society"
rate_ppm = 150000

[[promotion]]
id = "spring"
names = { en = "Spring", ru = "Весна" }
discount_ppm = 100000
code = "SPRING"
`;
const TWICE_AS_DEAR = `[[tariff]]
id = "dear"
class = "lossy"
periods = [{ price_per_mb_micros = 2000000 }]
`;
// In each language another album by somebody else, in a month of its own.
const SALES = [{ lang: "en", month: 0 }, { lang: "ru", month: 1 }];

for (const { lang, month } of SALES) {
  test(`a code takes something off and says so, the receipt is verified, prices are tried, the month is closed and its holder reads it (${lang})`, async () => {
    if (month === 0) {
      for (const [email, role] of [["holder@example.org", "listener"], ["keeper@example.org", "operator"]]) {
        await shop.tell(["user", "create"], ["--email", email, "--password-stdin", "--role", role], PASSWORD);
      }
      await shop.tell(["apply"], ["-"], TERMS);
    }
    const buyer = await Visitor.arrive(browser, shop, { lang, name: `code-${lang}` });
    const email = `spring-${lang}@example.org`;
    await shop.api("/users", { body: { email, password: PASSWORD } });
    await shop.tell(["user", "credit"], ["--email", email, "--amount", "10.00"]);
    await signIn(buyer, email);
    await find(buyer, albums[lang]);
    await choose(buyer, "mp3:cbr:320");
    await buyer.button("buy-album").click();
    await buyer.field("basket-code").fill("autumn");
    await buyer.button("basket-code-use").click();
    await buyer.page.locator("[aria-invalid]").waitFor();
    await buyer.field("basket-code").fill("spring");
    await buyer.button("basket-code-use").click();
    await buyer.page.getByText(buyer.say("basket-code-applies")).waitFor();
    const off = lang === "en" ? /^Spring \(−10%: \$\d/ : /^Весна \(−10\s%: \d/u;
    await buyer.page.getByRole("listitem").filter({ hasText: off }).waitFor();
    await buy(buyer);
    const token = await shop.token(email);
    const [order] = (await shop.api("/orders", { token })).items;
    await untilReady(buyer, albums[lang].tracks.length);
    const papers = buyer.page.getByRole("heading", { name: buyer.say("order-papers") });
    // Sealed within seconds.
    await buyer.go(`/orders/${order.id}`);
    for (const deadline = Date.now() + FOUND_TIMEOUT_MS; (await papers.count()) === 0 && Date.now() < deadline;) await buyer.page.reload();
    await buyer.look("order");
    const receipt = buyer.page.getByRole("main").getByRole("link", { name: buyer.say("paper-receipt-title") });
    await receipt.click();
    await buyer.page.getByRole("heading", { level: 1, name: buyer.say("paper-receipt-title") }).waitFor();
    await buyer.look("receipt");
    const paper = await saved(buyer, buyer.link("paper-as-pdf"));
    assert.match(await shop.plainly(["receipt", "verify", paper]), /^genuine: receipt /);
    await buyer.leave();

    const keeper = await Visitor.arrive(browser, shop, { lang, name: `keeper-${lang}` });
    await signIn(keeper, "keeper@example.org");
    const today = new Date();
    const day = (offset) => new Date(today.getTime() + offset * 86_400_000).toISOString().slice(0, 10);
    await keeper.go("/operator/apply");
    await keeper.field("apply-text").fill(TWICE_AS_DEAR);
    await keeper.field("simulate-from").fill(day(-1));
    await keeper.field("simulate-until").fill(day(1));
    await keeper.button("apply-simulate").click();
    await keeper.page.getByRole("heading", { name: keeper.say("simulated-title") }).waitFor();
    await keeper.look("simulated");
    await keeper.go("/operator/royalties");
    await keeper.look("royalties");
    const period = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 1)).toISOString().slice(0, 7);
    await keeper.field("statement-month").fill(period);
    await keeper.button("royalties-close-button").click();
    // The month still runs: the page asks before it ends it for good. The second language finds it closed.
    const sure = keeper.field("royalties-close-sure");
    const closed = keeper.page.getByText(keeper.say("notice-settings-saved"));
    await sure.or(closed).waitFor();
    if (await sure.isVisible()) {
      keeper.refused(422, "/operator/royalties/close");
      await sure.check();
      await keeper.button("royalties-close-button").click();
    }
    await closed.waitFor();
    await keeper.look("closed");
    await keeper.leave();

    const holder = await Visitor.arrive(browser, shop, { lang, name: `holder-${lang}` });
    await signIn(holder, "holder@example.org");
    await holder.go("/statements");
    await holder.look("statements");
    const table = holder.page.getByRole("region", { name: holder.say("statements-months") });
    await table.getByRole("link").first().click();
    await holder.page.getByRole("row").filter({ hasText: albums.en.tracks[0][0] }).waitFor();
    await holder.look("statement");
    const csv = await readFile(await saved(holder, holder.link("paper-csv")), "utf8");
    assert.match(csv, new RegExp(albums.en.tracks[0][0], "u"));
    await holder.leave();
  });
}

for (const lang of ["en", "ru"]) {
  test(`a wrong password is answered at the field, and a basket survives signing in (${lang})`, async () => {
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `sign-in-${lang}` });
    const email = `back-${lang}@example.org`;
    await shop.api("/users", { body: { email, password: PASSWORD } });
    await visitor.go("/");
    await visitor.page.getByRole("main").getByRole("link", { name: albums[lang].title }).first().click();
    await visitor.button("basket-add").click();
    await visitor.link("in-basket").click();
    await visitor.link("basket-sign-in").click();
    await visitor.field("field-email").fill(email);
    await visitor.field("field-password").fill("not the password");
    await visitor.button("sign-in-button").click();
    await visitor.page.locator("[aria-invalid]").waitFor();
    visitor.refused(422, "/sign-in");
    await visitor.refusedAt("field-password", "refusal-credentials-wrong");
    await visitor.look("refused");
    await visitor.field("field-password").fill(PASSWORD);
    await visitor.button("sign-in-button").click();
    await holds(visitor, albums[lang]);
    await visitor.look("basket");
    await visitor.leave();
  });

  test(`an empty search, an unknown release and the pages off the way are plain and whole (${lang})`, async () => {
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `pages-${lang}` });
    await visitor.go("/search?q=zzzzzz");
    await visitor.page.getByText(visitor.say("search-nothing")).waitFor();
    await visitor.look("nothing-found");
    const answer = await visitor.go("/releases/999999");
    assert.equal(answer.status(), 404);
    visitor.refused(404, "/releases/999999");
    await visitor.look("unknown-release");
    await visitor.go("/releases");
    await visitor.look("listing");
    await visitor.page.getByRole("main").getByRole("link", { name: albums[lang].artist }).click();
    await visitor.page.getByRole("heading", { level: 1, name: albums[lang].artist }).waitFor();
    await visitor.look("artist");
    for (const path of ["/basket", "/sign-in", "/password-reset", "/api"]) {
      await visitor.go(path);
      await visitor.look(path.slice(1));
    }
    await visitor.leave();
  });
}

// What is typed, and the album that it finds although nothing is called so.
const INEXACT = {
  en: [["search-by-typos", "Harbuor", albums.en], ["search-by-sound", "Sosna", albums.ru], ["search-by-keys", "дшпреы", albums.en]],
  ru: [["search-by-typos", "Севреные", albums.ru], ["search-by-sound", "Sosna", albums.ru], ["search-by-keys", "ctdthyst", albums.ru]],
};

for (const lang of ["en", "ru"]) {
  for (const scripts of [true, false]) {
    test(`a search that had to guess says how, and one that did not says nothing (${lang}, scripts: ${scripts})`, async () => {
      const visitor = await Visitor.arrive(browser, shop, { lang, name: `guesses-${lang}-${scripts ? "scripts" : "plain"}`, scripts });
      const { page } = visitor;
      const main = page.getByRole("main");
      const notes = INEXACT[lang].map(([note]) => note);
      const search = async (typed, album) => {
        await visitor.field("search-label").fill(typed);
        await visitor.button("search-button").click();
        await page.waitForURL((url) => url.searchParams.get("q") === typed);
        // The index follows the import by a second.
        for (const deadline = Date.now() + FOUND_TIMEOUT_MS; Date.now() < deadline;) {
          if ((await main.getByRole("link", { name: album.title, exact: true }).count()) > 0) break;
          await page.waitForTimeout(100);
          await page.reload();
        }
        await main.getByRole("link", { name: album.title, exact: true }).first().waitFor();
      };
      await visitor.go("/");
      for (const [note, typed, album] of INEXACT[lang]) {
        await search(typed, album);
        const said = main.getByText(visitor.say(note));
        await said.waitFor();
        assert.match(await said.innerText(), new RegExp(`[“«]${typed}[”»]`, "u"), "it names what was typed");
        for (const other of notes.filter((other) => other !== note)) {
          assert.equal(await main.getByText(visitor.say(other)).count(), 0, `${typed}: not ${other}`);
        }
        await visitor.look(note);
      }
      const first = albums[lang].title.split(" ")[0];
      await search(first, albums[lang]);
      for (const note of notes) assert.equal(await main.getByText(visitor.say(note)).count(), 0, `${first} is written so: not ${note}`);
      await visitor.leave();
    });
  }
}

// Counted about once a minute, from what the listeners before bought.
const COUNTED_TIMEOUT_MS = 120_000;

for (const [lang, scripts] of [["en", true], ["ru", false]]) {
  test(`results are narrowed down by a link, and the charts show what was bought (${lang}, scripts: ${scripts})`, async () => {
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `discovery-${lang}`, scripts });
    const main = visitor.page.getByRole("main");
    const found = (album) => main.getByRole("link", { name: album.title, exact: true });
    await visitor.go("/search?q=v");
    await found(albums.ru).first().waitFor();
    await found(albums.en).first().waitFor();
    await main.getByText(visitor.say("search-narrow")).click();
    const genre = main.getByRole("navigation", { name: visitor.say("search-by-genre") });
    // From the widest genre to the one within it.
    const [wide, narrow] = { en: ["Electronic", "Ambient"], ru: ["Электроника", "Эмбиент"] }[lang];
    await genre.getByRole("link", { name: wide }).click();
    await genre.locator("[aria-current]").waitFor();
    await genre.getByRole("link", { name: narrow }).click();
    await genre.locator("[aria-current]").getByText(narrow).waitFor();
    assert.ok((await found(albums.en).count()) > 0 && (await found(albums.ru).count()) === 0, "one genre is left");
    await visitor.look("narrowed");
    await genre.locator("[aria-current]").click();
    await found(albums.ru).first().waitFor();

    const placed = main.getByRole("link", { name: albums.ru.title });
    for (const deadline = Date.now() + COUNTED_TIMEOUT_MS; ;) {
      await visitor.go("/charts?period=day");
      if ((await placed.count()) > 0 || Date.now() > deadline) break;
      await visitor.page.waitForTimeout(1_000);
    }
    await placed.first().waitFor();
    await visitor.look("charts");
    await visitor.link("search-tracks").click();
    await main.getByRole("link", { name: albums.ru.tracks[0][0] }).first().waitFor();
    await visitor.look("charts-tracks");
    await visitor.go("/");
    await main.getByRole("heading", { name: visitor.say("home-best") }).waitFor();
    await visitor.leave();
  });
}
