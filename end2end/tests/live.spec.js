// From the PBX's webhook to a changed word on the page.
import { callStart, extensionPresence, extensionStatus, queueCallers, queueStatus, slaBreached, stamp } from "../pbx.js";
import { Ringside, complaints, expect, openLive, serverLamp, test } from "../ringside.js";

test("a webhook changes the page's text without a reload", async ({ page, ringside }) => {
  const found = complaints(page);
  await ringside.post(extensionStatus("101", { at: stamp(60) }));
  await openLive(page, ringside);
  await page.evaluate(() => (window.sameDocument = true));
  const presence = page.getByRole("region", { name: "Presence" });
  await expect(presence).toContainText("available");

  await ringside.post(extensionPresence("101", "LUNCH"));
  await expect(presence).toContainText("lunch");

  await ringside.post(queueStatus({ waiting: [{ session: "900000000000000001", at: stamp(5) }] }));
  const queues = page.getByRole("region", { name: "Queues" });
  const row = queues.getByRole("row", { name: "Support" });
  await expect(row.locator("data")).toHaveText("1");
  await ringside.post(queueCallers("900000000000000001", "hangup"));
  await expect(row.locator("data")).toHaveText("0");

  await ringside.post(callStart("900000000000000002", { from: "15550123" }));
  await expect(page.getByRole("region", { name: "Live calls" })).toContainText("15550123");

  expect(await page.evaluate(() => window.sameDocument)).toBe(true);
  expect(found).toEqual([]);
});

test("durations tick without any event", async ({ page, ringside }) => {
  await ringside.post(queueStatus({ waiting: [{ session: "900000000000000001", at: stamp(61) }] }));
  await openLive(page, ringside);
  const wait = page.getByRole("row", { name: "Support" }).locator(".elapsed").first();
  const before = await wait.textContent();
  expect(before).toMatch(/^1:\d\d$/);
  await expect(wait).not.toHaveText(before);
});

test("nothing moves on the page while its numbers change", async ({ page, ringside }) => {
  const sessions = ["900000000000000001", "900000000000000002", "900000000000000003"];
  const agents = ["101", "102"].map((number) => ({ number, state: "READY", at: stamp(60) }));
  await ringside.post(queueStatus({ agents, waiting: [{ session: sessions[0], at: stamp(30) }] }));
  for (const number of ["101", "102"]) await ringside.post(extensionStatus(number, { at: stamp(60) }));
  await openLive(page, ringside);
  await page.evaluate(async () => {
    await document.fonts.ready;
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) {
        window.shifts.push([value, ...sources.map(({ node }) => node?.parentElement?.className ?? String(node))]);
      }
    }).observe({ type: "layout-shift" });
  });
  const presence = page.getByRole("region", { name: "Presence" });
  for (const [word, shown] of [["LUNCH", "lunch"], ["DO_NOT_DISTURB", "do not disturb"], ["AWAY", "away"]]) {
    for (const number of ["101", "102"]) await ringside.post(extensionPresence(number, word));
    await expect(presence.getByText(shown)).toHaveCount(2);
    // Whole seconds: the next value must be the newer one.
    await page.waitForTimeout(1100);
  }
  expect(await page.evaluate(() => window.shifts)).toEqual([]);
});

test("below a path of its host, every link of a page that the browser has drawn stays below it", async ({ page }) => {
  const ringside = await Ringside.start({ path: "/board" });
  try {
    const found = complaints(page);
    await ringside.post(extensionStatus("101", { at: stamp(60) }));
    await ringside.post(queueStatus({ waiting: [{ session: "900000000000000001", at: stamp(90) }] }));
    await ringside.post(slaBreached("15550100"));
    for (const path of ["/", "/queues", "/queues/8001", "/agents", "/extensions", "/calls"]) {
      await page.goto(ringside.address + path);
      await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
      const links = await page.locator("a[href]").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
      expect(links.length).toBeGreaterThan(0);
      expect(links.filter((link) => !/^(\/board\/|[?#])/.test(link))).toEqual([]);
    }
    await page.goto(`${ringside.address}/`);
    await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
    await page.getByRole("link", { name: "Support" }).click();
    await expect(page.getByRole("heading", { name: "Support" })).toBeVisible();
    await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
    expect(found).toEqual([]);
  } finally {
    await ringside.remove();
  }
});

test("rows that change their order are written in place, and stay for who is at them", async ({ page, ringside }) => {
  const sales = { queue_id: "800000000000008002", queue_number: "8002", queue_name: "Sales" };
  const waiting = (prefix, count, before) => Array.from({ length: count }, (_, place) => ({ session: `${prefix}0000000000${place}`, at: stamp(before) }));
  await ringside.post(queueStatus({ waiting: waiting("9000001", 1, 30) }));
  await ringside.post({ ...queueStatus(), ...sales });
  await page.goto(`${ringside.address}/queues`);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live");
  const rows = page.locator("tbody [data-row]");
  await expect(rows.first()).toContainText("Support");
  await page.evaluate(async () => {
    await document.fonts.ready;
    window.first = document.querySelector("tbody [data-row]");
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (window.shift += value))).observe({ type: "layout-shift" });
  });
  await ringside.post({ ...queueStatus({ waiting: waiting("9000002", 3, 300) }), ...sales });
  await expect(rows.first()).toContainText("Sales", { timeout: 15_000 });
  await expect(rows).toHaveCount(2);
  expect(await page.evaluate(() => window.first === document.querySelector("tbody [data-row]")), "no row was moved").toBe(true);
  // The numbers of two rows may be some pixels apart; a row that moves is a hundred times as much.
  expect(await page.evaluate(() => window.shift)).toBeLessThan(0.001);

  await page.keyboard.press("j");
  await expect(rows.first()).toBeFocused();
  await ringside.post(queueStatus({ waiting: waiting("9000003", 5, 900) }));
  await expect(rows.last()).toContainText("5");
  await page.waitForTimeout(5_000);
  await expect(rows.first(), "the reader's row").toContainText("Sales");
});
