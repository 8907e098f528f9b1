// The page's alerts: a sound for a new one, where this browser's reader wants it, and acknowledging without loading the page
// again. Without it everything else works.
const KEY = "ringsideChime";
const QUIET_FOR = 10_000; // between two sounds, in ms
let audio, sounded = 0;

// A browser may keep nothing for pages; then the wish lasts as long as the page.
let wish = null;
function isOn() {
  try { return (wish ?? localStorage.getItem(KEY)) === "on"; } catch { return wish === "on"; }
}
function keep(value) {
  wish = value;
  try { localStorage.setItem(KEY, value); } catch { /* not kept */ }
}

// Two short tones. A browser that was not touched yet plays none, and says so in its own way.
function chime() {
  audio ??= new AudioContext();
  const from = audio.currentTime;
  [880, 1175].forEach((pitch, place) => {
    const tone = audio.createOscillator(), level = audio.createGain(), start = from + place * 0.18;
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.2, start);
    level.gain.exponentialRampToValueAtTime(0.001, start + 0.35);
    tone.connect(level).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.4);
  });
  sounded = Date.now();
  dispatchEvent(new Event("ringside:chimed"));
}

// A wall sounds where its board says so, whoever has used the browser before.
function isWanted() {
  const wall = document.querySelector(".wall");
  return wall ? wall.hasAttribute("data-sound") : isOn();
}

addEventListener("ringside:alert", () => {
  if (isWanted() && Date.now() - sounded > QUIET_FOR) chime();
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-chime]");
  if (!button) return;
  const on = !isOn();
  keep(on ? "on" : "off");
  button.setAttribute("aria-pressed", on);
  if (on) chime();
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-acknowledge]");
  if (!form) return;
  event.preventDefault();
  // The feed shows what comes of it.
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
  if (answer && answer.type !== "opaqueredirect") location.reload();
  document.getElementById("alerts")?.focus();
});
