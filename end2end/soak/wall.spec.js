// A wall's day: 24 hours of a simulated company, 96 times as fast, before one page that nobody touches or loads again. The
// server is restarted once. What the page holds is printed by the hour, right after a collection.
//
// Oracle: Chromium's own counts by its DevTools protocol. A leak of one node or closure a change would add tens of thousands.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { complaints, expect, PROGRAMS, serverLamp, test } from "../ringside.js";

const SPEED = 96;
const HOURS = Number(process.env.RINGSIDE_SOAK_HOURS ?? 24);
const RESTARTED_AT = Math.floor(HOURS / 3);

/** What the page holds: MiB of script's and the program's memory, nodes and listeners of the document. */
async function held(session) {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const { JSHeapUsedSize, Nodes, JSEventListeners } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  const { result } = await session.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects } = await session.send("Runtime.queryObjects", { prototypeObjectId: result.objectId });
  const bytes = await session.send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: "function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }",
  });
  await session.send("Runtime.releaseObject", { objectId: objects.objectId });
  const mebibytes = (bytes) => bytes / 2 ** 20;
  return { heap: mebibytes(JSHeapUsedSize), program: mebibytes(bytes.result.value), nodes: Nodes, listeners: JSEventListeners };
}

const mean = (hours, name) => hours.reduce((sum, hour) => sum + hour[name], 0) / hours.length;

test("a wall's page is no larger after a day than after its first hours", async ({ page, ringside }) => {
  const found = complaints(page);
  const flags = ["demo", "--config", ringside.config, "--server", ringside.address, "--speed", SPEED];
  const simulator = spawn(join(PROGRAMS, "pbx-sim"), flags, { stdio: "ignore" });
  try {
    let frames = 0;
    page.on("websocket", (socket) => socket.on("framereceived", () => (frames += 1)));
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.goto(`${ringside.address}/wall/company`);
    await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
    await page.evaluate(() => (window.isTheSame = true));
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const hours = [];
    for (let hour = 1; hour <= HOURS; hour++) {
      await sleep((3_600 * 1_000) / SPEED);
      if (hour === RESTARTED_AT) {
        await ringside.kill();
        await ringside.launch();
        await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
      }
      const now = await held(session);
      hours.push(now);
      const { heap, program, nodes, listeners } = now;
      console.log(`| ${hour} h | ${frames} frames | ${heap.toFixed(2)} MiB | ${program.toFixed(2)} MiB | ${nodes} nodes | ${listeners} listeners |`);
    }
    expect(await page.evaluate(() => window.isTheSame), "it was never loaded again").toBe(true);
    await expect(serverLamp(page)).toHaveAttribute("data-state", "live");
    const [early, late] = [hours.slice(HOURS / 6, HOURS / 2), hours.slice(-HOURS / 3)];
    for (const name of ["heap", "program", "nodes", "listeners"]) {
      const ratio = mean(late, name) / mean(early, name);
      console.log(`| ${name}: the last ${late.length} h by hours ${HOURS / 6 + 1} to ${HOURS / 2} | ${ratio.toFixed(3)} × |`);
      expect(ratio, name).toBeLessThan(1.15);
    }
    // What a browser notes by itself while the server is away, or not ready yet.
    expect(found.filter((text) => !/WebSocket connection|ERR_CONNECTION_|status of 503/.test(text))).toEqual([]);
  } finally {
    const exit = once(simulator, "exit");
    simulator.kill("SIGTERM");
    await exit;
  }
});
