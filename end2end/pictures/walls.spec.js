// Every preset of a wall as the demo shows it after a minute and a half: four screens, into docs/pictures; and one that is stale.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, PROGRAMS, Ringside, serverLamp, test } from "../ringside.js";

const SCREENS = [[1920, 1080], [3840, 2160], [1080, 1920], [1366, 768]];
const WALLS = { company: "company", queue: "queue/8002", queues: "queues", presence: "presence", agents: "agents" };
const SIMULATOR = join(PROGRAMS, "pbx-sim");
const PICTURES = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));

test("pictures of every wall", async ({ browser }) => {
  const ringside = await Ringside.start({ directory: execFileSync(SIMULATOR, ["directory"], { encoding: "utf8" }) });
  const simulator = spawn(SIMULATOR, ["demo", "--config", ringside.config, "--server", ringside.address], {
    stdio: "ignore",
  });
  try {
    await sleep(10_000);
    const { rows } = await (await fetch(`${ringside.address}/api/v1/queues`)).json();
    for (const { id } of rows) {
      const rules = { queue: id, service_level: 3, target_seconds: 10, target_percent: 80, short_abandon_seconds: 5 };
      await fetch(`${ringside.address}/settings/queues`, { method: "POST", body: new URLSearchParams(rules) });
    }
    await sleep(80_000);
    for (const [width, height] of SCREENS) {
      const page = await browser.newPage({ viewport: { width, height } });
      for (const [name, board] of Object.entries(WALLS)) {
        await page.goto(`${ringside.address}/wall/${board}`);
        await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
        await page.evaluate(() => document.fonts.ready);
        await sleep(1_500);
        await page.screenshot({ path: `${PICTURES}wall-${name}-${width}x${height}.png` });
      }
      await page.close();
    }
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    await page.goto(`${ringside.address}/wall/company`);
    await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
    await ringside.kill();
    await expect(page.locator(".stale-banner")).toBeVisible({ timeout: 15_000 });
    await sleep(1_500);
    await page.screenshot({ path: `${PICTURES}wall-stale-1920x1080.png` });
  } finally {
    if (simulator.exitCode === null) {
      const exit = once(simulator, "exit");
      simulator.kill("SIGTERM");
      await exit;
    }
    await ringside.remove();
  }
});
