// Every page as the demo shows it after two busy minutes: four sizes, light and dark, into docs/pictures.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, PROGRAMS, Ringside, serverLamp, test } from "../ringside.js";

const SIZES = [[1920, 1080], [3840, 2160], [1366, 768], [390, 844]];
const PAGES = {
  overview: "/", queues: "/queues", queue: "/queues/8001", agents: "/agents", extensions: "/extensions", calls: "/calls",
  history: "/history", "event-url": "/settings/event-url",
};
const SIMULATOR = join(PROGRAMS, "pbx-sim");
const PICTURES = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));

test("pictures of every page", async ({ browser }) => {
  const ringside = await Ringside.start({ directory: execFileSync(SIMULATOR, ["directory"], { encoding: "utf8" }) });
  const simulator = spawn(SIMULATOR, ["demo", "--config", ringside.config, "--server", ringside.address, "--speed", "3"], {
    stdio: "ignore",
  });
  try {
    await sleep(10_000);
    const { rows } = await (await fetch(`${ringside.address}/api/v1/queues`)).json();
    for (const { id } of rows) {
      const rules = { queue: id, service_level: 3, target_seconds: 10, target_percent: 80, short_abandon_seconds: 5 };
      await fetch(`${ringside.address}/settings/queues`, { method: "POST", body: new URLSearchParams(rules) });
    }
    await sleep(110_000);
    for (const [width, height] of SIZES) {
      for (const colorScheme of ["light", "dark"]) {
        const page = await browser.newPage({ viewport: { width, height }, colorScheme });
        for (const [name, path] of Object.entries(PAGES)) {
          await page.goto(ringside.address + path);
          if ((await serverLamp(page).count()) > 0) {
            await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
          }
          await page.evaluate(() => document.fonts.ready);
          await sleep(500);
          await page.screenshot({ path: `${PICTURES}${name}-${colorScheme}-${width}x${height}.png` });
        }
        await page.close();
      }
    }
  } finally {
    const exit = once(simulator, "exit");
    simulator.kill("SIGTERM");
    await exit;
    await ringside.remove();
  }
});
