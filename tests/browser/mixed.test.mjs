// An album of two qualities, 16 bits at 44.1 kHz and 24 at 96: what chooser, quote and order make of it. And a basket of two things that
// is priced exactly.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { albums, makeMusic } from "./music.mjs";
import { openBrowser, Visitor } from "./rig.mjs";
import { PASSWORD, Shop } from "./shop.mjs";

const run = promisify(execFile);
const READY_TIMEOUT_MS = 60_000;
const MIXED = "Two Rooms";
const MASTERS = [
  { title: "Small Room", rate: 44_100, bits: 16 },
  { title: "Large Room", rate: 96_000, bits: 24 },
];

let shop;
let browser;

async function makeMixed(folder) {
  await mkdir(folder, { recursive: true });
  for (const [index, { title, rate, bits }] of MASTERS.entries()) {
    const wav = join(folder, `${index}.wav`);
    const sound = `aevalsrc=0.3*sin(262*2*PI*t)*exp(-t/6)+0.00001*random(0):s=${rate}:c=stereo:d=6`;
    await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", sound, "-c:a", `pcm_s${bits}le`, wav]);
    const tags = { TITLE: title, ARTIST: "Room Tone", ALBUMARTIST: "Room Tone", ALBUM: MIXED, DATE: "2022", TRACKNUMBER: index + 1 };
    const given = Object.entries(tags).flatMap(([key, value]) => ["--tag", `${key}=${value}`]);
    await run("flac", ["--silent", "--delete-input-file", ...given, "-o", join(folder, `0${index + 1}.flac`), wav]);
  }
}

before(async () => {
  shop = await Shop.open();
  const music = join(shop.folder, "music");
  await makeMusic(music);
  await makeMixed(join(music, "mixed"));
  await shop.tell(["import"], [music]);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  assert.deepEqual(await shop?.close(), { code: 0, signal: null }, "the shop ends cleanly when it is asked to");
});

async function listener(email) {
  await shop.api("/users", { body: { email, password: PASSWORD } });
  await shop.tell(["user", "credit"], ["--email", email, "--amount", "20.00"]);
  return shop.token(email);
}

const offered = (visitor) => visitor.field("format-label").locator("option").evaluateAll((all) => all.map((one) => one.value));

// What a probe says of a file that was bought.
async function probed(url, name) {
  const file = join(shop.folder, name);
  await writeFile(file, Buffer.from(await (await fetch(url)).arrayBuffer()));
  const told = await run("ffprobe", ["-v", "error", "-show_streams", "-of", "json", file]);
  const [stream] = JSON.parse(told.stdout).streams;
  return { rate: Number(stream.sample_rate), bits: Number(stream.bits_per_raw_sample) };
}

for (const [lang, scripts] of [["en", true], ["ru", false]]) {
  test(`of two qualities chooser, quote and order keep each as it is (${lang}, scripts: ${scripts})`, async () => {
    const token = await listener(`${lang}-rooms@example.org`);
    const { items } = await shop.api("/releases");
    const release = items.find((one) => one.title === MIXED).id;
    const { media } = await shop.api(`/releases/${release}`);
    const tracks = media.flatMap((medium) => medium.tracks).map((track) => track.id);
    const fits = async (query) => (await shop.api(`/formats?${query}`)).items.filter((one) => one.available !== false).map((one) => one.format);

    const visitor = await Visitor.arrive(browser, shop, { lang, name: `mixed-${lang}`, scripts });
    await visitor.go(`/releases/${release}`);
    await visitor.page.getByText(/96/).first().waitFor();
    const ofRelease = await offered(visitor);
    assert.deepEqual([...ofRelease].sort(), (await fits(`release=${release}`)).sort(), "the chooser offers what the API names");
    await visitor.look("mixed-release");
    await visitor.go(`/buy?item=track:${tracks[1]}`);
    await visitor.look("mixed-track");
    // 24 bits without a master of 24 bits are nobody's copy: what does not fit one of the tracks says so, and is sold of the other.
    const padded = "wav:pcm:24";
    assert.ok(ofRelease.includes(padded) && (await offered(visitor)).includes(padded), "the better track can be had in 24 bits");
    await visitor.go(`/releases/${release}?format=${padded}`);
    assert.equal(await visitor.page.locator("[data-total]").innerText(), "—", "there is no price of the whole");
    assert.ok(await visitor.button("buy-album").isDisabled(), "what does not fit as a whole is not sold as a whole");
    await visitor.look("mixed-unfit");
    const asked = (items) => fetch(`${shop.url}/api/v1/quotes`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ items, format: padded }),
    });
    const refused = await asked([{ release }]);
    assert.deepEqual([refused.status, (await refused.json()).type], [422, "/problems/format-does-not-fit"]);
    assert.equal((await asked([{ track: tracks[0] }])).status, 422);
    assert.equal((await asked([{ track: tracks[1] }])).status, 200);

    const lossless = "flac:lossless:5";
    const order = await shop.api("/orders", { token, key: "rooms", body: { items: [{ release }], format: lossless } });
    for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline;) {
      if ((await shop.api(`/orders/${order.id}`, { token })).state === "charged") break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const files = (await shop.api(`/downloads?order=${order.id}`, { token })).items;
    for (const [index, { title, rate, bits }] of MASTERS.entries()) {
      const { url } = files.find((file) => file.title === title);
      assert.deepEqual(await probed(url, `${lang}-${index}.flac`), { rate, bits }, `${title} is as its master was`);
    }
    await visitor.leave();
  });

  test(`a basket of two things is priced exactly on request (${lang}, scripts: ${scripts})`, async () => {
    const { items } = await shop.api("/releases");
    const visitor = await Visitor.arrive(browser, shop, { lang, name: `basket-${lang}`, scripts });
    for (const album of Object.values(albums)) {
      await visitor.go(`/releases/${items.find((one) => one.title === album.title).id}`);
      await visitor.button("basket-add").click();
      await visitor.page.getByText(visitor.say("notice-added-to-basket")).waitFor();
    }
    // Of other formats than the shop sizes ahead; each run has one of its own.
    const unsized = (await shop.api("/formats")).items.map((one) => one.format).filter((one) => one.startsWith("opus:vbr"));
    const ranged = unsized[scripts ? 0 : 1];
    await visitor.go(`/basket?format=${ranged}`);
    const promise = visitor.page.getByText(visitor.say("price-range-promise"));
    await promise.waitFor();
    await visitor.look("basket-range");
    await visitor.button("sizes-ask").click();
    for (const deadline = Date.now() + READY_TIMEOUT_MS; (await promise.count()) > 0 && Date.now() < deadline;) {
      await visitor.page.waitForTimeout(300);
      if (!scripts) await visitor.page.reload();
    }
    assert.equal(await promise.count(), 0, "the price is exact by now");
    assert.match(visitor.page.url(), /\/basket\?/, "it is still the basket");
    await visitor.look("basket-exact");
    await visitor.leave();
  });
}
