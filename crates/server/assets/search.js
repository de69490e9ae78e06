// Suggestions under the search field while one types. Without this file the field's button leads to the same results.
const field = document.querySelector("#q");
const list = document.querySelector("#suggestions");
const FROM_LETTERS = 2;
let asked = null;

function close() {
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function options() {
  return [...list.querySelectorAll("[role=option]")];
}

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (!option) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

async function suggest() {
  asked?.abort();
  const text = field.value.trim();
  if (text.length < FROM_LETTERS) return close();
  asked = new AbortController();
  try {
    const address = `${list.dataset.from}?${new URLSearchParams({ q: text })}`;
    const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) return close();
    const html = await answer.text();
    const fresh = new DOMParser().parseFromString(html, "text/html");
    list.replaceChildren(...fresh.querySelectorAll("[role=option]"));
    choose(null);
    const isOpen = list.childElementCount > 0 && document.activeElement === field;
    list.hidden = !isOpen;
    field.setAttribute("aria-expanded", String(isOpen));
  } catch (failure) {
    if (failure.name !== "AbortError") close();
  }
}

function step(event, by) {
  const all = options();
  if (all.length === 0 || field.value.trim().length < FROM_LETTERS) return;
  event.preventDefault();
  list.hidden = false;
  field.setAttribute("aria-expanded", "true");
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  // One place more than there are options: the field itself.
  const next = (at + 1 + by + all.length + 1) % (all.length + 1) - 1;
  choose(all[next] ?? null);
}

field.setAttribute("role", "combobox");
field.setAttribute("aria-autocomplete", "list");
field.setAttribute("aria-controls", list.id);
field.setAttribute("aria-expanded", "false");
field.addEventListener("input", suggest);
field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") step(event, 1);
  else if (event.key === "ArrowUp") step(event, -1);
  else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && !list.hidden) {
    const chosen = list.querySelector("[aria-selected=true]");
    if (!chosen) return;
    event.preventDefault();
    chosen.click();
  }
});
// A press on a suggestion must not take the focus away before it is a click.
list.addEventListener("pointerdown", (event) => event.preventDefault());
field.addEventListener("blur", close);
