// The player at the foot of the page. It goes on while one browses: once something is in it, links and searches change the page's main
// part instead of the page. Without this file each preview has the browser's own player, and every link is a plain one.
const bar = document.querySelector("#player");
const part = (name) => bar.querySelector(`[data-${name}]`);
const help = document.querySelector("#player-help");
const said = bar.dataset;
const KEPT = "player";
const KEEP_EVERY_MS = 2000;
const STEP_S = 5;
const AHEAD_S = 12;
const JOIN_S = 1.5;
const SKIP_MS = 1500;
const MAX_FAILURES = 2;
const MAX_QUEUE = 500;
const BARS = 120;
const HEIGHTS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const CODEC = new Audio().canPlayType('audio/ogg; codecs="opus"') ? "opus" : "mp3";

let queue = [];
let at = -1;
// Two elements take turns, so that the next track is there before this one ends.
let now = element();
let next = element();
let readied = null;
let joining = 0;
// How much earlier an element has to be started to sound in time; learned at every join.
let leadMs = 0;
let joins = 0;
let volume = Number(localStorage.getItem("volume") ?? 1);
let cues = 0;
// How many in a row could not be played.
let failures = 0;
// One tab plays at a time.
const tabs = new BroadcastChannel("player");
tabs.addEventListener("message", () => { if (!now.paused) acts.toggle(); });
mute(localStorage.getItem("muted") === "yes");

function element() {
  const audio = new Audio();
  audio.preload = "auto";
  for (const [type, act] of [["timeupdate", tick], ["play", shown], ["pause", shown], ["ended", ended], ["playing", sounds],
    ["waiting", shown], ["durationchange", shown], ["error", failed]]) {
    audio.addEventListener(type, (event) => { if (audio === now) act(event); });
  }
  return audio;
}

const track = () => queue[at];
const address = (one, cue = "") => `/api/v1/tracks/${encodeURIComponent(one.id)}/preview?codec=${CODEC}${cue}`;
const length = (audio = now) => (Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : (track()?.span ?? 0) / 1000);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

// What is played

function play(index, from = 0) {
  if (!queue[index]) return;
  clearTimeout(joining);
  joining = 0;
  const changes = index !== at;
  at = index;
  if (readied === queue[at] && from === 0 && !next.error) turn();
  else {
    next.pause();
    now.src = address(track());
    if (from) now.addEventListener("loadedmetadata", () => { now.currentTime = from; }, { once: true });
  }
  now.volume = volume;
  now.play().catch(quiet);
  if (changes) describe();
  keep();
}

// Refused without a gesture, or replaced by the next one: the button says how it is.
function quiet() {
  shown();
}

function turn() {
  [now, next] = [next, now];
  next.pause();
  readied = null;
}

function ready() {
  const one = queue[at + 1];
  // The one before may still sound to its end.
  if (!one || readied === one || !next.paused) return;
  readied = one;
  next.src = address(one);
  next.volume = volume;
  next.load();
}

// The next element is started so much ahead that its first sound falls on the last one's end.
function join() {
  const left = (length() - now.currentTime) * 1000 - leadMs;
  if (joining || left > JOIN_S * 1000 || readied !== queue[at + 1] || !readied || next.error) return;
  joining = setTimeout(() => {
    joining = 0;
    if (now.paused) return;
    const last = now, end = performance.now() + (length() - now.currentTime) * 1000;
    const first = next;
    first.volume = volume;
    first.play().then(() => learn(first, end)).catch(quiet);
    at += 1;
    [now, next] = [first, last];
    readied = null;
    // The old one sounds to its end and stops by itself.
    describe();
    keep();
  }, Math.max(0, left));
}

function learn(audio, end) {
  const look = () => {
    if (audio.paused) return;
    if (audio.currentTime === 0) return void requestAnimationFrame(look);
    const late = performance.now() - audio.currentTime * 1000 - end;
    joins += 1;
    leadMs = Math.min(200, Math.max(0, leadMs + late / (joins === 1 ? 1 : 2)));
  };
  look();
}

function ended() {
  if (queue[at + 1]) play(at + 1);
  else shown();
}

function sounds() {
  failures = 0;
  part("again").hidden = true;
  tabs.postMessage("plays");
  shown();
}

// One track may have nothing to hear; when the next has neither, it is not the tracks, and the listener says when to try again.
function failed() {
  if (!now.error) return;
  const plays = !now.paused;
  now.pause();
  failures += 1;
  const goes = plays && failures < MAX_FAILURES && queue[at + 1];
  part("told").textContent = goes ? said.failed : said.failedAll;
  part("said").textContent = part("told").textContent;
  part("again").hidden = Boolean(goes);
  if (goes) joining = setTimeout(() => play(at + 1), SKIP_MS);
  shown();
}

function seek(seconds) {
  if (!track()) return;
  const to = Math.min(Math.max(0, seconds), Math.max(0, length() - 0.1));
  const can = now.seekable.length && now.seekable.end(0) >= to && Number.isFinite(now.duration);
  if (can) now.currentTime = to;
  else {
    // It was heard while it was made: by now it can be asked for in parts.
    const wasPlaying = !now.paused;
    now.src = address(track(), `&cue=${++cues}`);
    now.addEventListener("loadedmetadata", () => { now.currentTime = to; }, { once: true });
    if (wasPlaying) now.play().catch(quiet);
  }
  clearTimeout(joining);
  joining = 0;
  shown();
}

const acts = {
  toggle() {
    if (!track()) return;
    if (now.paused) {
      if (now.error) acts.again();
      else if (now.ended || !now.src) play(at);
      else now.play().catch(quiet);
    } else {
      now.pause();
      clearTimeout(joining);
      joining = 0;
      next.pause();
    }
  },
  again() {
    part("again").hidden = true;
    failures = 0;
    play(at, now.currentTime);
  },
  next: () => play(at + 1),
  back: () => (now.currentTime > 3 || at === 0 ? seek(0) : play(at - 1)),
  earlier: () => seek(now.currentTime - STEP_S),
  later: () => seek(now.currentTime + STEP_S),
  louder: () => loud(volume + 0.1),
  quieter: () => loud(volume - 0.1),
  mute: () => { mute(!now.muted); shown(); },
  queue() {
    const list = part("queue");
    list.hidden = !list.hidden;
    bar.querySelector("[data-act=queue]").setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) listed();
  },
  help: () => help.showModal(),
  close() {
    now.pause();
    next.pause();
    queue = [];
    at = -1;
    bar.hidden = true;
    document.documentElement.classList.remove("playing");
    sessionStorage.removeItem(KEPT);
    rows();
  },
};

function mute(is) {
  now.muted = next.muted = is;
  localStorage.setItem("muted", is ? "yes" : "no");
}

function loud(to) {
  volume = Math.min(1, Math.max(0, to));
  now.volume = next.volume = volume;
  mute(false);
  localStorage.setItem("volume", String(volume));
  shown();
}

// What is seen

function tick() {
  shown();
  if (now.error) return;
  const left = length() - now.currentTime;
  if (left < AHEAD_S || now.currentTime > 2) ready();
  if (!now.paused) join();
}

function describe() {
  const one = track();
  bar.hidden = !one;
  document.documentElement.classList.toggle("playing", Boolean(one));
  if (!one) return;
  const title = part("title");
  title.textContent = one.title;
  title.href = `${said.release}${encodeURIComponent(one.release)}#track-${one.id}`;
  part("by").textContent = one.by;
  part("cover").src = one.cover;
  part("buy").href = `${said.buy}?item=track:${encodeURIComponent(one.id)}`;
  part("buy").setAttribute("aria-label", said.buyNamed.replace("{}", one.title));
  part("said").textContent = said.plays.replace("{}", `${one.title}, ${one.by}`);
  outline(one);
  if (!part("queue").hidden) listed();
  if ("mediaSession" in navigator) {
    const artwork = [{ src: new URL(one.cover, location.href).href, sizes: "320x320" }];
    navigator.mediaSession.metadata = new MediaMetadata({ title: one.title, artist: one.by, album: one.album, artwork });
  }
  shown();
}

function shown() {
  const whole = length(), here = Math.min(now.currentTime, whole);
  const plays = track() && !now.paused;
  const toggle = bar.querySelector("[data-act=toggle]");
  toggle.dataset.state = plays ? "playing" : "paused";
  toggle.setAttribute("aria-label", plays ? said.pause : said.resume);
  if (track() && !now.error) part("told").textContent = plays && now.readyState < 3 ? said.loading : "";
  part("at").textContent = clock(here);
  part("length").textContent = clock(whole);
  const line = part("seek");
  line.max = Math.max(1, Math.round(whole));
  if (document.activeElement !== line || plays) line.value = Math.round(here);
  line.setAttribute("aria-valuetext", said.position.replace("{at}", clock(here)).replace("{length}", clock(whole)));
  part("wave").style.setProperty("--done", `${whole ? (here / whole) * 100 : 0}%`);
  part("volume").value = now.muted ? 0 : Math.round(volume * 100);
  bar.querySelector("[data-act=back]").disabled = at < 0;
  bar.querySelector("[data-act=next]").disabled = !queue[at + 1];
  rows();
  if ("mediaSession" in navigator) {
    navigator.mediaSession.playbackState = !track() ? "none" : plays ? "playing" : "paused";
    if (whole) navigator.mediaSession.setPositionState({ duration: whole, position: here, playbackRate: 1 });
  }
}

// The button of the row that plays.
function rows() {
  for (const button of document.querySelectorAll("[data-listen]")) {
    const mine = button.dataset.listen === track()?.id;
    const state = mine && !now.paused ? "playing" : "";
    if ((button.dataset.state ?? "") !== state) {
      button.dataset.state = state;
      button.setAttribute("aria-label", (state ? said.pauseNamed : said.playNamed).replace("{}", button.dataset.title));
    }
    button.closest(".track")?.toggleAttribute("data-current", mine);
  }
  for (const button of document.querySelectorAll("[data-play]")) {
    const { release, track: one } = button.dataset;
    const plays = !now.paused && release === track()?.release && (!one || one === track().id);
    if ((button.dataset.state === "playing") === plays) continue;
    button.dataset.state = plays ? "playing" : "";
    button.setAttribute("aria-label", (plays ? said.pauseNamed : said.playNamed).replace("{}", button.dataset.title));
  }
}

function listed() {
  part("queue").replaceChildren(...queue.map((one, index) => {
    const item = document.createElement("li");
    const go = document.createElement("button");
    const away = document.createElement("button");
    go.type = away.type = "button";
    go.className = "player-go";
    go.textContent = one.title;
    const by = document.createElement("span");
    by.className = "soft";
    by.textContent = ` ${one.by}`;
    go.append(by);
    go.dataset.go = index;
    if (index === at) go.setAttribute("aria-current", "true");
    away.className = "small quiet";
    away.textContent = "×";
    away.setAttribute("aria-label", said.removeNamed.replace("{}", one.title));
    away.dataset.away = index;
    item.append(go, away);
    return item;
  }));
}

// Bars in an SVG: heights from 0 to 1.
function bars(svg, heights, windowed) {
  const path = heights.map((height, x) => {
    const half = Math.max(0.6, height * 15);
    return `M${x + 0.5} ${(16 - half).toFixed(1)}v${(half * 2).toFixed(1)}`;
  });
  svg.setAttribute("viewBox", `0 0 ${heights.length} 32`);
  const draw = (from, to, name) => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path.slice(from, to).join(""));
    line.setAttribute("class", name);
    return line;
  };
  const [from, to] = windowed ?? [0, path.length];
  svg.replaceChildren(draw(0, from, "out"), draw(from, to, "in"), draw(to, path.length, "out"));
}

function sampled(points, from, to, count) {
  const heights = [];
  for (let n = 0; n < count; n += 1) {
    const start = Math.floor(from + ((to - from) * n) / count);
    const end = Math.max(start + 1, Math.floor(from + ((to - from) * (n + 1)) / count));
    heights.push(Math.max(...points.slice(start, end)));
  }
  const most = Math.max(1, ...points);
  return heights.map((height) => height / most);
}

async function outline(one) {
  const wave = part("wave");
  const put = (heights) => { for (const svg of wave.querySelectorAll("svg")) bars(svg, heights); };
  put(new Array(BARS).fill(0.05));
  try {
    const answer = await fetch(`/api/v1/tracks/${encodeURIComponent(one.id)}/waveform`);
    if (!answer.ok || one !== track()) return;
    const { points } = await answer.json();
    const scale = points.length / one.length;
    if (points.length) put(sampled(points, one.start * scale, (one.start + one.span) * scale, BARS));
  } catch {
    // A line without a shape will do.
  }
}

// Where tracks come from

function trackOf(button) {
  const { listen: id, title, by, start, span, length: whole } = button.dataset;
  const { release, album, cover } = button.closest("[data-album]").dataset;
  return { id, title, by, start: Number(start), span: Number(span), length: Number(whole), release, album, cover };
}

function tracksOfPage() {
  return [...document.querySelectorAll("[data-listen]")].map(trackOf);
}

// A release in a list: its tracks are those of its page.
async function fetched(button) {
  const { play: path, release, track: wanted } = button.dataset;
  if (track()?.release === release && (!wanted || track().id === wanted)) return acts.toggle();
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const tracks = [...page.querySelectorAll("[data-listen]")].map(trackOf).slice(0, MAX_QUEUE);
    if (!tracks.length) throw new Error("nothing to hear");
    queue = tracks;
    readied = null;
    at = -1;
    play(Math.max(0, tracks.findIndex((one) => one.id === wanted)));
  } catch {
    bar.hidden = false;
    part("told").textContent = said.failed;
    part("said").textContent = said.failed;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function pressed(event) {
  const listed = event.target.closest("[data-play]");
  if (listed) return fetched(listed);
  const row = event.target.closest("[data-listen]");
  if (row) {
    if (row.dataset.listen === track()?.id) return acts.toggle();
    queue = tracksOfPage().slice(0, MAX_QUEUE);
    readied = null;
    at = -1;
    return play(queue.findIndex((one) => one.id === row.dataset.listen));
  }
  const all = event.target.closest("[data-queue-all]");
  if (all) {
    const had = queue.length, known = new Set(queue.map((one) => one.id));
    queue = [...queue, ...tracksOfPage().filter((one) => !known.has(one.id))].slice(0, MAX_QUEUE);
    if (!had) play(0);
    else part("said").textContent = queue.length > had ? said.added : said.there;
    if (!part("queue").hidden) listed();
    return keep();
  }
  const act = event.target.closest("#player [data-act], #player-help [data-act]");
  if (act) return acts[act.dataset.act]();
  const go = event.target.closest("[data-go]");
  if (go) return play(Number(go.dataset.go));
  const away = event.target.closest("[data-away]");
  if (away) remove(Number(away.dataset.away));
}

function remove(index) {
  const mine = index === at;
  queue.splice(index, 1);
  readied = null;
  if (!queue.length) return acts.close();
  if (index < at) at -= 1;
  if (mine) {
    const plays = !now.paused;
    at = Math.min(at, queue.length - 1);
    now.src = address(track());
    if (plays) now.play().catch(quiet);
    describe();
  }
  listed();
  keep();
}

// Keys: by their place on the keyboard, so that they are the same in every layout.
const KEYS = { KeyK: "toggle", KeyN: "next", KeyP: "back", KeyJ: "earlier", KeyL: "later", KeyM: "mute", KeyQ: "queue",
  Equal: "louder", NumpadAdd: "louder", Minus: "quieter", NumpadSubtract: "quieter" };

function typed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || help.open) return;
  if (event.target.closest("input:not([type=range]), textarea, select, [contenteditable], dialog")) return;
  if (localStorage.getItem("keys") === "off" || bar.hidden) return;
  const act = event.key === "?" ? "help" : event.shiftKey && event.code !== "Equal" ? null : KEYS[event.code];
  if (!act) return;
  event.preventDefault();
  acts[act]();
}

// What outlasts a page that is loaded anew

let kept = 0;
function keep(event) {
  if (!track()) return;
  if (event?.type === "timeupdate" && Date.now() - kept < KEEP_EVERY_MS) return;
  kept = Date.now();
  sessionStorage.setItem(KEPT, JSON.stringify({ queue, at, from: now.currentTime, plays: !now.paused }));
}

function restore() {
  const text = sessionStorage.getItem(KEPT);
  if (!text) return;
  try {
    const was = JSON.parse(text);
    queue = was.queue.slice(0, MAX_QUEUE);
    at = was.at;
    if (!track()) return;
    describe();
    now.volume = volume;
    now.src = address(track());
    now.addEventListener("loadedmetadata", () => { if (was.from > 0.5) seek(was.from); }, { once: true });
    if (was.plays) now.play().catch(quiet);
  } catch {
    sessionStorage.removeItem(KEPT);
  }
}

// Browsing while it plays

let page = location.pathname + location.search;
const busy = () => Boolean(track());

function ours(link) {
  if (link.origin !== location.origin || !link.pathname.startsWith(`/${document.documentElement.lang}/`)) return false;
  return !/\.(txt|csv|pdf|json|atom|xml)$|\/(pdf|json|csv|dsr)$/.test(link.pathname);
}

async function visit(href, { body = null, pushes = true, y = 0 } = {}) {
  const main = document.querySelector("main");
  main.setAttribute("aria-busy", "true");
  let answer, text;
  try {
    answer = await fetch(href, { headers: { Accept: "text/html" }, ...(body && { method: "POST", body }) });
    if (!answer.headers.get("content-type")?.startsWith("text/html")) throw new Error("no page");
    text = await answer.text();
  } catch {
    if (!body) return location.assign(href);
    return main.removeAttribute("aria-busy");
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  if (fresh.documentElement.lang !== document.documentElement.lang || !fresh.querySelector("main")) return location.assign(answer.url);
  const to = new URL(answer.url);
  to.hash = new URL(href, location.href).hash;
  if (pushes) {
    history.scrollRestoration = "manual";
    history.replaceState({ y: scrollY }, "");
    history.pushState({ y: 0 }, "", to);
  }
  show(fresh, to, y);
}

function show(fresh, to, y) {
  page = to.pathname + to.search;
  document.title = fresh.title;
  for (const place of ["main", ".person", ".foot"]) document.querySelector(place).replaceWith(fresh.querySelector(place));
  document.querySelector("#q").value = fresh.querySelector("#q").value;
  for (const link of document.head.querySelectorAll("link[rel=alternate], link[rel=canonical]")) link.remove();
  document.head.append(...fresh.head.querySelectorAll("link[rel=alternate], link[rel=canonical]"));
  const here = new Set([...document.scripts].map((script) => script.src));
  for (const script of fresh.querySelectorAll("script[type=module][src]")) {
    if (here.has(new URL(script.getAttribute("src"), location.href).href)) continue;
    const again = document.createElement("script");
    again.type = "module";
    again.src = script.getAttribute("src");
    document.body.append(again);
  }
  // For the scripts of pages that are here already.
  document.dispatchEvent(new Event("shown"));
  part("said").textContent = document.title;
  document.querySelector("main").focus({ preventScroll: true });
  const target = to.hash && document.getElementById(decodeURIComponent(to.hash.slice(1)));
  if (target) target.scrollIntoView();
  else scrollTo(0, y);
  dressed();
}

function followed(event) {
  const link = event.target.closest("a[href]");
  if (!link || !busy() || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || !ours(link)) return;
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  visit(link.href);
}

function sent(event) {
  const form = event.target, button = event.submitter;
  if (!busy() || event.defaultPrevented || form.method === "dialog") return;
  const to = new URL(form.action);
  const fields = new URLSearchParams(new FormData(form, button));
  if (!ours(to)) return;
  if (form.method === "get") {
    event.preventDefault();
    to.search = fields;
    visit(to.href);
  } else if (/\/basket(\/remove)?$/.test(to.pathname)) {
    event.preventDefault();
    visit(to.href, { body: fields });
  }
}

// The rows of a page that has just come.
function dressed() {
  for (const svg of document.querySelectorAll("svg[data-points]")) {
    const { points, from, to } = svg.dataset;
    const heights = [...points].map((letter) => HEIGHTS.indexOf(letter) / 63);
    bars(svg, heights, [Math.floor(from * heights.length), Math.ceil(to * heights.length)]);
  }
  rows();
}

document.addEventListener("click", pressed);
document.addEventListener("click", followed);
document.addEventListener("submit", sent);
document.addEventListener("keydown", typed);
addEventListener("pagehide", () => keep());
setInterval(() => { if (!now.paused) keep({ type: "timeupdate" }); }, KEEP_EVERY_MS);
addEventListener("popstate", (event) => {
  if (location.pathname + location.search === page) return;
  if (busy()) visit(location.href, { pushes: false, y: event.state?.y ?? 0 });
  else location.reload();
});
part("seek").addEventListener("input", (event) => seek(Number(event.target.value)));
part("volume").addEventListener("input", (event) => loud(event.target.value / 100));
const keys = help.querySelector("[data-keys]");
keys.checked = localStorage.getItem("keys") !== "off";
keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
// Without scripts each preview has a player of its own: one at a time.
document.addEventListener("play", (event) => {
  for (const player of document.querySelectorAll("audio")) if (player !== event.target) player.pause();
  if (document.contains(event.target)) now.pause();
}, true);
if ("mediaSession" in navigator) {
  const heard = { play: () => now.paused && acts.toggle(), pause: () => now.paused || acts.toggle(), nexttrack: acts.next, previoustrack: acts.back, seekbackward: acts.earlier,
    seekforward: acts.later, seekto: ({ seekTime }) => seek(seekTime), stop: acts.close };
  for (const [name, act] of Object.entries(heard)) {
    try {
      navigator.mediaSession.setActionHandler(name, act);
    } catch {
      // A browser that does not know this key has no such key.
    }
  }
}
restore();
dressed();
