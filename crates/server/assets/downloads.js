// While something is being encoded, the list is fetched again and put in place of the old one. Without this file the page loads itself again.
const PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 30000;

async function refresh(pause) {
  const list = document.querySelector("[data-live]");
  let next = pause;
  // Another page may have come in its place while the player goes on; whoever comes back begins again.
  if (!list) return document.addEventListener("shown", () => refresh(PAUSE_MS), { once: true });
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
      if (!fresh || !list.isConnected) return setTimeout(refresh, PAUSE_MS, PAUSE_MS);
      // A link somebody stands on with the keyboard must not vanish under him: his list waits.
      if (!list.contains(document.activeElement)) list.replaceWith(fresh);
      if (!("pending" in fresh.dataset)) {
        if (fresh.isConnected) return document.addEventListener("shown", () => refresh(PAUSE_MS), { once: true });
      }
      next = PAUSE_MS;
    } catch {
      next = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
  setTimeout(refresh, next, next);
}

setTimeout(refresh, PAUSE_MS, PAUSE_MS);
