// What is live on the settings' pages, their copy buttons, and how far a file is. Without it everything else works.
const root = document.documentElement;
const units = root.dataset.ago.split("|");
const tenths = new Intl.NumberFormat(root.lang, { minimumFractionDigits: 1 });
let ahead = root.dataset.now - Date.now(); // the server's clock before ours, in ms
// Moments age, by the rule of app/src/settings/parts.rs.
function ago(ms) {
  if (ms < 1000) return [Math.round(ms), 0];
  if (ms < 10_000) return [tenths.format(Math.floor(ms / 100) / 10), 1];
  if (ms < 60_000) return [Math.floor(ms / 1000), 1];
  if (ms < 5_400_000) return [Math.floor(ms / 60_000), 2];
  return ms < 172_800_000 ? [Math.floor(ms / 3_600_000), 3] : [Math.floor(ms / 86_400_000), 4];
}
setInterval(() => {
  if ("lost" in root.dataset) return;
  for (const time of document.querySelectorAll("time[data-at]")) {
    const [figure, unit] = ago(Math.max(0, Date.now() + ahead - time.dataset.at));
    time.textContent = units[unit].replace("{}", figure);
  }
}, 1000);

// Each element of an answer takes the place of the one with its id, unless somebody is about to copy from that.
function take(html) {
  const selection = getSelection();
  for (const next of new DOMParser().parseFromString(html, "text/html").querySelectorAll("body > [id]")) {
    const last = document.getElementById(next.id);
    if (last && (selection.isCollapsed || !last.contains(selection.anchorNode))) last.replaceWith(next);
  }
}
async function follow({ dataset }) {
  for (let wait = 500, seen = ""; ; ) {
    try {
      const address = new URL(dataset.live, location);
      address.searchParams.set("seen", seen);
      const answer = await fetch(address, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(9000) });
      // Signed out meanwhile: the page itself says what to do.
      if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) return location.reload();
      if (!answer.ok) throw answer.status;
      ahead = answer.headers.get("x-now") - Date.now();
      if (answer.status === 200) take(await answer.text());
      seen = answer.headers.get("x-seen") ?? seen;
      wait = 500;
      delete root.dataset.lost;
    } catch {
      root.dataset.lost = "";
      await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random() / 2)));
      wait = Math.min(2 * wait, 15_000);
    }
  }
}
document.querySelectorAll("[data-live]").forEach(follow);

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  const value = document.getElementById(button?.dataset.copy);
  if (!value) return;
  // Plain HTTP has no clipboard but the selection's.
  if (navigator.clipboard) await navigator.clipboard.writeText(value.textContent);
  else getSelection().selectAllChildren(value), document.execCommand("copy");
  document.getElementById("said").textContent = button.dataset.copied;
});

// A file of unknown length: how many lines have come is said, and one that breaks off is not kept.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-file]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.ariaDisabled === "true") return;
  link.ariaDisabled = "true";
  const said = document.getElementById(link.dataset.file), parts = [];
  let lines = -1, told = 0; // the first line has the columns' names
  const tell = (text) => (said.textContent = text.replace("{}", Math.max(0, lines).toLocaleString(root.lang)));
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw answer.status;
    for (let reader = answer.body.getReader(), piece; !(piece = await reader.read()).done; ) {
      parts.push(piece.value);
      for (const byte of piece.value) lines += byte === 10;
      if (Date.now() - told > 1000) tell(link.dataset.grows), (told = Date.now());
    }
    const file = document.createElement("a");
    file.href = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
    file.download = link.download;
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
    tell(link.dataset.done);
  } catch {
    tell(link.dataset.broke);
  }
  link.ariaDisabled = null;
});
