// What the player's two elements do, seen from outside: they are made by the page's script and are nowhere in the page.

// Before any page of the visitor is loaded.
export function listen(page) {
  return page.addInitScript(() => {
    const Own = globalThis.Audio;
    globalThis.heard = [];
    globalThis.Audio = class extends Own {
      constructor(...all) {
        super(...all);
        globalThis.heard.push(this);
      }
    };
  });
}

// Waits until something sounds: an element whose time goes on.
export function sounds(page, timeout = 15_000) {
  return page.waitForFunction(() => globalThis.heard.some((audio) => !audio.paused && audio.currentTime > 0.05), null, { timeout });
}

// What sounds now: its address, and where it is.
export function sounding(page) {
  return page.evaluate(() => globalThis.heard.filter((audio) => !audio.paused).map((audio) => [new URL(audio.currentSrc).pathname, audio.currentTime]));
}
