// The overview as the demo shows it after 40 seconds: four sizes, light and dark, into docs/pictures.
import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, openLive, Ringside, test } from "../ringside.js";

const SIZES = [[1920, 1080], [3840, 2160], [1366, 768], [390, 844]];
const SIMULATOR = fileURLToPath(new URL("../../target/release/pbx-sim", import.meta.url));
const PICTURES = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));

test("pictures of the overview", async ({ browser }) => {
  const ringside = await Ringside.start({ directory: execFileSync(SIMULATOR, ["directory"], { encoding: "utf8" }) });
  const simulator = spawn(SIMULATOR, ["demo", "--config", ringside.config, "--server", ringside.address], {
    stdio: "ignore",
  });
  try {
    await new Promise((done) => setTimeout(done, 40_000));
    for (const [width, height] of SIZES) {
      for (const colorScheme of ["light", "dark"]) {
        const page = await browser.newPage({ viewport: { width, height }, colorScheme });
        await openLive(page, ringside);
        await expect(page.getByRole("region", { name: "Queues" })).toBeVisible();
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: `${PICTURES}overview-${colorScheme}-${width}x${height}.png` });
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
