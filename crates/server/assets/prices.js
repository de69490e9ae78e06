// Choosing another format shows its prices at once: what depends on the format is taken from the page of that format.
// Without this file the form's button does the same.
const SIZING_PAUSE_MS = 2000;
let page, chooser, select;
let latest = 0;

function show(fresh) {
  for (const part of page.querySelectorAll("[data-of-format]")) {
    const now = fresh.querySelector(`[data-of-format="${CSS.escape(part.dataset.ofFormat)}"]`);
    // What somebody stands on with the keyboard must not vanish under him.
    if (now && !part.contains(document.activeElement)) part.replaceChildren(...now.childNodes);
  }
}

// No price that does not hold, and nothing to press beside it.
function fail(text) {
  page.querySelector("[data-total]").textContent = text;
  for (const old of page.querySelectorAll('[data-of-format="total"] > :not([data-total]), [data-of-format="sizing"] > *, [data-of-format^="price-"] > *')) old.remove();
  for (const price of page.querySelectorAll('[data-of-format^="price-"]')) price.textContent = "—";
  for (const button of page.querySelectorAll('[data-of-format="actions"] button, .track-buy button')) button.disabled = true;
}

async function refresh(address) {
  const turn = ++latest;
  page.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== latest) return;
    if (answer.ok) show(fresh);
    else fail(fresh.querySelector("main p")?.textContent || page.dataset.failed);
    history.replaceState(history.state, "", address);
    wait(address);
  } catch {
    if (turn === latest) fail(page.dataset.failed);
  } finally {
    if (turn === latest) page.removeAttribute("aria-busy");
  }
}

// Looks again while exact sizes are being found.
function wait(address) {
  const turn = latest;
  if (!page.querySelector("[data-sizing]")) return;
  setTimeout(() => { if (turn === latest && page.isConnected) refresh(address); }, SIZING_PAUSE_MS);
}

// A page comes by itself, or in place of another while the player goes on.
function begin() {
  page = document.querySelector("[data-prices]");
  latest += 1;
  if (!page) return;
  chooser = page.querySelector("[data-chooser]");
  select = chooser.querySelector("select");
  const address = () => `${chooser.getAttribute("action")}?format=${encodeURIComponent(select.value)}`;
  select.addEventListener("change", () => refresh(address()));
  chooser.querySelector("[data-show]").hidden = true;
  wait(location.pathname + location.search);
  // A browser that goes back keeps the chosen option but not the prices.
  if (select.value !== page.dataset.format && select.querySelector("[selected]")) refresh(address());
}

// Into the basket without leaving the place: the button's own place says what became of it. Where that fails, the form does the same.
async function put(form) {
  const place = form.closest("[data-of-format]");
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { Accept: "text/html" }, body: new URLSearchParams(new FormData(form)) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = fresh.querySelector(`[data-of-format="${CSS.escape(place.dataset.ofFormat)}"]`);
    if (!answer.ok || !now) throw new Error(String(answer.status));
    const stood = place.contains(document.activeElement);
    place.replaceChildren(...now.childNodes);
    if (stood) place.querySelector("a[href$='/basket']")?.focus();
    show(fresh);
    document.querySelector(".person").replaceWith(fresh.querySelector(".person"));
    document.querySelector("[data-basket-said]").textContent = fresh.querySelector(".notice")?.textContent ?? "";
  } catch {
    form.submit();
  } finally {
    place.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!page?.contains(form) || form.method !== "post" || !/\/basket$/.test(form.action)) return;
  event.preventDefault();
  put(form);
}, true);
document.addEventListener("shown", begin);
begin();
