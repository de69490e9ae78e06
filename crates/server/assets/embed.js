// One preview at a time: starting one stops the other. The players themselves are the browser's own.
document.addEventListener("play", (event) => {
  for (const player of document.querySelectorAll("audio")) {
    if (player !== event.target) player.pause();
  }
}, true);
