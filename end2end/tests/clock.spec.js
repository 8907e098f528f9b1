// Clocks that differ: the viewer's from the server's, his zone from the tenant's, and the days on which clocks change.
import { callStart, queueCallers, queueStatus, stamp } from "../pbx.js";
import { expect, Ringside, serverLamp, test } from "../ringside.js";

const CALLER = "900000000000000001";
const HOUR = 3_600_000;

async function open(page, ringside, path) {
  await page.goto(ringside.address + path);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
}

/** A Ringside whose clock starts at `start` (milliseconds since 1970) and runs `speed` times as fast, and its time as the PBX writes it. */
async function at(start, { speed = 1, timeZone = "UTC" } = {}) {
  const ringside = await Ringside.start({ timeZone, environment: { RINGSIDE_TEST_CLOCK: `${start}@${speed}` } });
  const began = Date.now();
  return { ringside, seconds: (before = 0) => String(Math.floor((start + (Date.now() - began) * speed) / 1000) - before) };
}

/** What a wait reads as, in seconds. */
const seconds = async (wait) => {
  const [minutes, rest] = (await wait.textContent()).split(":").map(Number);
  return 60 * minutes + rest;
};

for (const hours of [-1, 1]) {
  test(`a viewer's clock that is ${hours} h off leaves waits right`, async ({ page, ringside }) => {
    await page.addInitScript((off) => {
      const { now } = Date;
      Date.now = () => now() + off;
      globalThis.Date = class extends Date {
        constructor(...of) {
          if (of.length) super(...of);
          else super(now() + off);
        }
      };
    }, hours * HOUR);
    await ringside.post(queueStatus({ waiting: [{ session: CALLER, at: stamp(65) }] }));
    await ringside.post(callStart("900000000000000003", { to: "103" }));
    await open(page, ringside, "/queues/8001");
    // The page's own clock is off, or this tests nothing.
    expect(Math.abs((await page.evaluate(() => Date.now())) - Date.now())).toBeGreaterThan(HOUR / 2);
    const wait = page.getByRole("region", { name: "Waiting callers" }).locator(".elapsed");
    const first = await seconds(wait);
    expect(first).toBeGreaterThanOrEqual(65);
    expect(first).toBeLessThan(125);
    await expect.poll(() => seconds(wait)).toBeGreaterThan(first);
  });
}

test.describe("a viewer in New York", () => {
  test.use({ timezoneId: "America/New_York", locale: "en-GB" });

  test("sees the day of a queue in Tokyo end at Tokyo's midnight", async ({ page }) => {
    const { ringside, seconds } = await at(Date.UTC(2026, 10, 25, 14, 58, 20), { speed: 5, timeZone: "Asia/Tokyo" });
    try {
      await ringside.post(queueStatus({ waiting: [{ session: CALLER, at: seconds(30) }] }));
      await ringside.post(queueCallers(CALLER, "hangup", seconds()));
      // A slow browser may miss it, the server doesn't.
      const today = async () => (await (await fetch(`${ringside.address}/api/v1/queues`)).json()).rows[0]?.figures?.today.offered;
      await expect.poll(today, { timeout: 15_000 }).toBe(1);
      await open(page, ringside, "/queues?window=today");
      const offered = page.getByRole("row", { name: "Support" }).locator("[data-head=Offered]");
      await expect(offered).toHaveText("0", { timeout: 30_000 });
      // Ten in the morning, here.
      await expect(page.locator(".app-bar__clock")).toHaveText(/^10:0\d:\d\d$/);
    } finally {
      await ringside.remove();
    }
  });
});

for (const [change, start, after] of [
  ["forward", Date.UTC(2026, 2, 29, 0, 59, 48), /^03:00:/],
  ["back", Date.UTC(2026, 9, 25, 0, 59, 48), /^02:00:/],
]) {
  test.describe(`a viewer in Berlin whose clock goes ${change}`, () => {
    test.use({ timezoneId: "Europe/Berlin", locale: "en-GB" });

    test("sees waits go on", async ({ page }) => {
      const { ringside, seconds: now } = await at(start, { timeZone: "Europe/Berlin" });
      try {
        await ringside.post(queueStatus({ waiting: [{ session: CALLER, at: now(65) }] }));
        await open(page, ringside, "/queues/8001");
        const clock = page.locator(".app-bar__clock");
        const wait = page.getByRole("region", { name: "Waiting callers" }).locator(".elapsed");
        expect(await seconds(wait)).toBeGreaterThanOrEqual(65);
        await expect(clock).toHaveText(after, { timeout: 20_000 });
        expect(await seconds(wait)).toBeLessThan(125);
      } finally {
        await ringside.remove();
      }
    });
  });
}
