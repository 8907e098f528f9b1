// A wall's screen: it stays awake, and shows no pointer that nobody moves. The rest of a wall is the page's own program.
let lock = null;
async function wake() {
  if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
  // Only over https or on this machine, and not in every browser: docs/walls.md says what else keeps a screen awake.
  lock = await navigator.wakeLock?.request("screen").catch(() => null);
}
wake();
// A hidden page loses its lock, and some systems take it at night.
document.addEventListener("visibilitychange", wake);
setInterval(wake, 60000);

const html = document.documentElement;
let still = 0;
addEventListener("pointermove", () => {
  html.toggleAttribute("data-pointer", true);
  clearTimeout(still);
  still = setTimeout(() => html.toggleAttribute("data-pointer", false), 3000);
}, { passive: true });
