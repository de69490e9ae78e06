// How soon a preview that nobody has heard yet sounds in Chromium, on the demo catalogue, and what is heard between two tracks that follow
// each other. Prints figures; nothing here passes or fails.
import { join } from "node:path";

import { listen, sounds } from "./ear.mjs";
import { albums, makeMusic } from "./music.mjs";
import { openBrowser } from "./rig.mjs";
import { Shop } from "./shop.mjs";

const JOINS = 6;
// Below this a sample of the tones is silence.
const SILENCE = 0.01;

// What the demo makes and imports while it is open already.
const DEMO_RELEASES = 4;
const DEMO_MS = 300_000;

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const told = (all) => `median ${Math.round(median(all))} ms, worst ${Math.round(Math.max(...all))} ms of ${all.length}`;

const shop = await Shop.open("demo");
const browser = await openBrowser();
try {
  const page = await browser.newPage({ baseURL: shop.url });
  await listen(page);
  const items = await onSale(DEMO_RELEASES);
  const [cold, warm] = [[], []];
  for (const into of [cold, warm]) {
    for (const release of items) {
      await page.goto(`/en/releases/${release.id}`);
      // A gesture, without which nothing may sound.
      await page.locator("h1").click();
      const ids = await page.locator("[data-listen]").evaluateAll((all) => all.map((one) => one.dataset.listen));
      for (const id of ids) into.push(await page.evaluate(started, id));
    }
  }
  console.log(`cold, from the press to the first sound: ${told(cold)}`);
  console.log(`warm: ${told(warm)}`);
  const music = join(shop.folder, "music");
  await makeMusic(music);
  await shop.tell(["import"], [music]);
  const album = (await shop.api("/releases")).items.find((one) => one.title === albums.en.title);
  await page.goto(`/en/releases/${album.id}`);
  const gaps = [];
  for (let n = 0; n < JOINS; n += 1) {
    await page.locator("[data-listen]").first().click();
    await sounds(page);
    if (n === 0) await page.evaluate(record);
    await page.evaluate(() => { globalThis.levels.length = 0; });
    await page.locator("#player [data-seek]").fill("5");
    const first = await page.locator("#player [data-title]").innerText();
    await page.waitForFunction((name) => document.querySelector("#player [data-title]").textContent !== name, first, { timeout: 20_000 });
    await page.waitForTimeout(1500);
    gaps.push(await page.evaluate(gap, SILENCE));
    await page.locator("#player [data-act=close]").click();
  }
  console.log(`silence between two tracks, join by join: ${gaps.map((ms) => `${ms.toFixed(1)} ms`).join(", ")}`);
} finally {
  await browser.close();
  await shop.close();
}

// The releases, once there are so many.
async function onSale(count) {
  for (const end = Date.now() + DEMO_MS; Date.now() < end; await new Promise((done) => setTimeout(done, 1000))) {
    const { items } = await shop.api("/releases");
    if (items.length >= count) return items;
  }
  throw new Error(`the demo did not have ${count} releases within ${DEMO_MS / 1000} s`);
}

// In the page: presses a track's button and waits until its time goes on.
function started(id) {
  return new Promise((resolve) => {
    const from = performance.now();
    document.querySelector(`[data-listen="${id}"]`).click();
    const look = () => {
      const one = globalThis.heard.find((audio) => !audio.paused && audio.currentTime > 0 && audio.currentSrc.includes(id));
      if (!one) return setTimeout(look, 2);
      resolve(performance.now() - from);
      one.pause();
    };
    look();
  });
}

// In the page: takes down what both elements give, the highest level of each millisecond.
function record() {
  const context = new AudioContext();
  const recorder = context.createScriptProcessor(4096, 2, 2);
  globalThis.levels = [];
  recorder.onaudioprocess = ({ inputBuffer }) => {
    const samples = inputBuffer.getChannelData(0), step = context.sampleRate / 1000;
    for (let at = 0; at + step <= samples.length; at += step) {
      let most = 0;
      for (let n = Math.floor(at); n < at + step; n += 1) most = Math.max(most, Math.abs(samples[n] ?? 0));
      globalThis.levels.push(most);
    }
  };
  for (const audio of globalThis.heard) context.createMediaElementSource(audio).connect(recorder);
  recorder.connect(context.destination);
}

// In the page: the longest silence after something was heard and before something is heard again.
function gap(silence) {
  let longest = 0, run = 0, heard = false;
  for (const level of globalThis.levels) {
    if (level < silence) run += 1;
    else {
      if (heard) longest = Math.max(longest, run);
      heard = true;
      run = 0;
    }
  }
  return longest;
}
