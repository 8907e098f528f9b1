// What the pages cost Chromium: 5,000 extensions, 100 queues, 200 deliveries a second. Lighthouse sees the same pages.
//
// The server, the simulator and the browser share the machine: a long task may be somebody else's turn.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import lighthouse, { desktopConfig } from "lighthouse";
import { expect, PROGRAMS, Ringside, serverLamp, test } from "../ringside.js";

const SIMULATOR = join(PROGRAMS, "pbx-sim");
const COMPANY = ["--large", "5000,100"];
const [RATE, WARM_S, MEASURED_S] = [200, 10, 20];
const PAGES = ["/", "/queues", "/agents", "/extensions", "/calls"];

const say = (what, figure, target = "", met = null) =>
  console.log(`| ${[what, figure, target, met === null ? "" : met ? "met" : "missed"].join(" | ")} |`);
const most = (what, value, unit, limit) => say(what, `${value} ${unit}`, `≤ ${limit}`, value <= limit);

/** Watches long tasks, shifts and the slowest key press from the page's first moment on. */
function watch() {
  window.figures = { long: [], shift: 0, slowest: 0 };
  const on = (type, take, more = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  on("longtask", (entry) => window.figures.long.push(entry.duration));
  on("layout-shift", (entry) => (window.figures.shift += entry.hadRecentInput ? 0 : entry.value));
  on("event", (entry) => {
    if (entry.interactionId) window.figures.slowest = Math.max(window.figures.slowest, entry.duration);
  }, { durationThreshold: 16 });
}

async function metrics(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

async function measure(browser, ringside, path) {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.addInitScript(watch);
  await page.goto(ringside.address + path);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 60_000 });
  await sleep(WARM_S * 1000);
  const session = await page.context().newCDPSession(page);
  // What the main thread computes: it shares two cores with the server and the simulator, whose turns are not its own.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.evaluate(() => Object.assign(window.figures, { long: [], shift: 0 }));
  const before = await metrics(session);
  await sleep(MEASURED_S * 1000);
  const after = await metrics(session);
  const { long, shift } = await page.evaluate(() => window.figures);
  const share = (name) => ((100 * (after[name] - before[name])) / MEASURED_S).toFixed(1);
  most(`${path}: main thread busy`, share("TaskDuration"), "%", 5);
  say(`${path}: of it script / layout / style`, ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"].map(share).join(" / ") + " %");
  most(`${path}: longest task`, Math.round(Math.max(0, ...long)), "ms", 50);
  most(`${path}: layout shift`, shift.toFixed(3), "", 0);
  say(`${path}: heap`, `${(after.JSHeapUsedSize / 2 ** 20).toFixed(1)} MiB`);
  if (path === "/extensions") {
    await page.keyboard.press("/");
    await page.keyboard.type("person 12345", { delay: 120 });
    await sleep(500);
    most(`${path}: slowest key in the search`, await page.evaluate(() => window.figures.slowest), "ms", 100);
  }
  await page.close();
}

async function firstLoad(browser, ringside) {
  const page = await browser.newPage();
  const sizes = {};
  page.on("response", async (response) => {
    const { responseBodySize } = await response.request().sizes().catch(() => ({}));
    sizes[new URL(response.url()).pathname.split(".").pop()] = responseBodySize;
  });
  await page.goto(ringside.address);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 60_000 });
  await sleep(500);
  most("wasm on the wire", (sizes.wasm / 1024).toFixed(1), "KiB", 200);
  await page.close();
}

/** Lighthouse on a browser of its own, with its desktop settings. */
async function scores(ringside) {
  const port = 9333;
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", `--remote-debugging-port=${port}`],
  });
  try {
    for (const path of PAGES) {
      const onlyCategories = ["performance", "accessibility", "best-practices"];
      const { lhr } = await lighthouse(ringside.address + path, { port, onlyCategories }, desktopConfig);
      for (const { id, score } of Object.values(lhr.categories)) {
        const points = Math.round(score * 100);
        say(`${path}: Lighthouse, ${id}`, points, "≥ 95", points >= 95);
      }
      const failed = Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => score === 0 && scoreDisplayMode === "binary");
      if (failed.length) say(`${path}: Lighthouse objects`, failed.map(({ id }) => id).join(", "));
    }
  } finally {
    await browser.close();
  }
}

test("the pages' figures", async ({ browser }) => {
  const directory = execFileSync(SIMULATOR, ["directory", ...COMPANY], { encoding: "utf8", maxBuffer: 2 ** 26 });
  const ringside = await Ringside.start({ directory });
  const flags = ["load", ...COMPANY, "--config", ringside.config, "--server", ringside.address];
  const simulator = spawn(SIMULATOR, [...flags, "--rate", RATE, "--seconds", "3600"], { stdio: "ignore" });
  try {
    await sleep(20_000);
    await firstLoad(browser, ringside);
    for (const path of PAGES) await measure(browser, ringside, path);
    await scores(ringside);
  } finally {
    const exit = once(simulator, "exit");
    simulator.kill("SIGTERM");
    await exit;
    await ringside.remove();
  }
});
