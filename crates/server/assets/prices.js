// Choosing another format shows its prices at once, by the quotes API. Without this file the form's button does the same.
let page, select, total, totalSize;
let latest = 0;

function grouped(whole) {
  const { group, groupFrom } = page.dataset;
  const digits = String(whole);
  return digits.length < Number(groupFrom) ? digits : digits.replace(/\B(?=(\d{3})+$)/g, group);
}

// Cents, rounded up: a price at a glance never promises too little.
function shownMoney(micros) {
  const { money, decimal } = page.dataset;
  const cents = Math.ceil(micros / 10000);
  return money.replace("{}", grouped(Math.floor(cents / 100)) + decimal + String(cents % 100).padStart(2, "0"));
}

function shownSize(bytes) {
  const { decimal, sizeKb, sizeMb } = page.dataset;
  if (bytes < 1000000) return sizeKb.replace("{}", grouped(Math.round(bytes / 1000)));
  if (bytes >= 100000000) return sizeMb.replace("{}", grouped(Math.round(bytes / 1000000)));
  const tenths = Math.round(bytes / 100000);
  return sizeMb.replace("{}", grouped(Math.floor(tenths / 10)) + decimal + (tenths % 10));
}

function shownRange(min, max, shown) {
  return shown(min) === shown(max) ? shown(max) : `${shown(min)} – ${shown(max)}`;
}

function show(quote) {
  let min = 0, max = 0, minMicros = 0;
  for (const line of quote.lines) {
    const least = line.bytes ?? line.bytes_min, most = line.bytes ?? line.bytes_max;
    min += least;
    max += most;
    minMicros += most > 0 ? (line.price_micros * least) / most : 0;
    const cell = page.querySelector(`[data-track-price="${CSS.escape(line.track)}"]`);
    if (cell) cell.textContent = shownMoney(line.price_micros);
  }
  total.textContent = shownRange(minMicros, quote.total_micros, shownMoney);
  totalSize.textContent = shownRange(min, max, shownSize);
  const promise = page.querySelector("[data-range]");
  if (promise) promise.hidden = min === max;
}

async function refresh() {
  const turn = ++latest;
  const format = select.value;
  for (const field of page.querySelectorAll("[data-follows-format]")) field.value = format;
  page.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch("/api/v1/quotes", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ items: [{ release: page.dataset.release }], format }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const quote = await answer.json();
    if (turn !== latest) return;
    show(quote);
    history.replaceState(null, "", `?format=${encodeURIComponent(format)}`);
  } catch {
    if (turn === latest) total.textContent = page.dataset.failed;
  } finally {
    if (turn === latest) page.removeAttribute("aria-busy");
  }
}

// A page comes by itself, or in place of another while the player goes on.
function begin() {
  page = document.querySelector("[data-prices]");
  latest += 1;
  if (!page) return;
  const chooser = page.querySelector("[data-chooser]");
  select = chooser.querySelector("select");
  total = page.querySelector("[data-total]");
  totalSize = page.querySelector("[data-total-size]");
  select.addEventListener("change", refresh);
  chooser.querySelector("[data-show]").hidden = true;
  // A browser that goes back keeps the chosen option but not the prices.
  if (select.value !== page.dataset.format) refresh();
}

document.addEventListener("shown", begin);
begin();
