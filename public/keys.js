// The keyboard: / searches, j and k walk through rows, Enter opens one, g and a letter lead to a page, f lets the lists stand
// still, ? shows all this. Without it everything else works.
const rows = () => [...document.querySelectorAll("main [data-row]")].filter((row) => row.offsetParent);
const dialog = () => document.getElementById("keys");
let going = 0; // until when a letter after g counts

function walk(step) {
  const all = rows();
  if (step > 0 && all.at(-1)?.contains(document.activeElement)) ends().forEach((end) => end.click());
  const row = all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement?.closest("[data-row]")) + step))];
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

// A list's end has a button for more rows: whoever comes near need not press it.
const ends = () => [...document.querySelectorAll("[data-more]")].filter((end) => end.offsetParent);
let looking = false;
const look = () => {
  if (looking) return;
  looking = true;
  requestAnimationFrame(() => {
    looking = false;
    for (const end of ends()) if (end.getBoundingClientRect().top < innerHeight * 2) end.click();
  });
};
addEventListener("scroll", look, { passive: true });
addEventListener("resize", look);

const keys = {
  "/": () => document.querySelector("[data-search]")?.select(),
  j: () => walk(1),
  k: () => walk(-1),
  f: () => dispatchEvent(new Event("ringside:freeze")),
  "?": () => dialog()?.showModal(),
  g: () => (going = Date.now() + 1500),
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog()?.open) return;
  if (target.closest?.("input, textarea, select, [contenteditable]")) {
    if (key === "Escape") target.blur();
    return;
  }
  if (key === "Enter" && target.matches?.("[data-row]")) return target.querySelector("a[href]")?.click();
  const page = Date.now() < going && document.querySelector(`.nav [data-key="${CSS.escape(key)}"]`);
  going = 0;
  const act = page ? () => page.click() : keys[key];
  if (!act) return;
  event.preventDefault();
  act();
});
