// The pages of one list each: what a supervisor does there, in one browser against one Ringside.
import {
  callRecord,
  callStart,
  extensionPresence,
  extensionStatus,
  queueCallers,
  queueStatus,
  slaBreached,
  stamp,
} from "../pbx.js";
import { readFile } from "node:fs/promises";
import { complaints, expect, serverLamp, test, violations } from "../ringside.js";

const CALLER = "900000000000000001";

async function company(ringside) {
  for (const number of ["101", "102", "103"]) await ringside.post(extensionStatus(number, { at: stamp(60) }));
  await ringside.post(
    queueStatus({
      waiting: [{ session: CALLER, name: "Ada Example", at: stamp(200) }],
      agents: [
        { number: "101", state: "READY", at: stamp(400) },
        { number: "102", state: "NOT_READY", at: stamp(60) },
      ],
    }),
  );
  await ringside.post(callStart("900000000000000003", { to: "103" }));
}

async function open(page, ringside, path) {
  await page.goto(ringside.address + path);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
}

test("from the queues to a queue's waiting caller, who leaves", async ({ page, ringside }) => {
  const found = complaints(page);
  await company(ringside);
  await open(page, ringside, "/queues");
  const row = page.getByRole("row", { name: "Support" });
  await expect(row.locator("data")).toHaveText("1");
  // The choice is in the address, and a page loaded from there shows it.
  await page.getByRole("link", { name: "15 min" }).click();
  await expect(page).toHaveURL(/window=15/);
  await page.getByRole("link", { name: "Waiting" }).click();
  await expect(page.getByRole("columnheader", { name: "Waiting" })).toHaveAttribute("aria-sort", "descending");
  await page.reload();
  await expect(page.getByRole("link", { name: "15 min" })).toHaveAttribute("aria-current", "true");

  await page.getByRole("link", { name: "Support" }).click();
  await expect(page).toHaveURL(/\/queues\/8001$/);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  const callers = page.getByRole("region", { name: "Waiting callers" });
  await expect(callers).toContainText("Ada Example");
  const wait = callers.locator(".elapsed");
  const before = await wait.textContent();
  expect(before).toMatch(/^\d:\d\d$/);
  await expect(wait).not.toHaveText(before);
  await expect(page.getByRole("region", { name: "Agents" })).toContainText("not ready");
  await ringside.post(queueCallers(CALLER, "hangup"));
  await expect(callers).toContainText("Nobody waits.");
  expect(found).toEqual([]);
});

test("agents are narrowed by state, and come and go with it", async ({ page, ringside }) => {
  await company(ringside);
  await open(page, ringside, "/agents");
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await page.getByRole("link", { name: "not ready" }).click();
  await expect(page).toHaveURL(/state=not_ready/);
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.getByRole("link", { name: "queue call" }).click();
  await expect(page.locator("main")).toContainText("Nothing here matches");
});

test("two keys find a person, and a favourite stays", async ({ page, ringside }) => {
  await company(ringside);
  await open(page, ringside, "/extensions");
  await page.keyboard.press("/");
  await page.keyboard.type("103");
  await expect(page.locator(".person")).toHaveCount(1);
  await expect(page).toHaveURL(/q=103/);
  await page.getByRole("button", { name: /Favourite/ }).click();
  await expect(page.getByRole("heading", { name: "Favourites" })).toBeVisible();
  await open(page, ringside, "/extensions");
  await expect(page.getByRole("heading", { name: "Favourites" })).toBeVisible();
  await expect(page.locator(".person")).toHaveCount(3);
  await ringside.post(extensionPresence("101", "LUNCH"));
  await expect(page.locator("main")).toContainText("lunch");
});

test("the keyboard leads to pages, through rows, and freezes a list", async ({ page, ringside }) => {
  await company(ringside);
  await open(page, ringside, "/extensions");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/\/calls$/);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.keyboard.press("j");
  await expect(page.locator("tbody tr")).toBeFocused();

  await page.keyboard.press("f");
  await expect(page.locator(".frozen__mark")).toBeVisible();
  await ringside.post(callStart("900000000000000004", { to: "102", from: "15550177" }));
  await page.waitForTimeout(500);
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.keyboard.press("f");
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await expect(page.locator("main")).toContainText("15550177");
});

test("a queue's day is a chart and the same table, and who waited too long leads to the history", async ({ page, ringside }) => {
  // The first figures come with the next minute.
  test.setTimeout(120_000);
  const found = complaints(page);
  await company(ringside);
  await open(page, ringside, "/queues/8001");
  const day = page.getByRole("region", { name: "Today", exact: true });
  await expect(day.getByText("No figures yet")).toBeHidden({ timeout: 70_000 });
  await day.getByText("As a table").click();
  const running = day.getByRole("row").last();
  await expect(running).toContainText("running");
  // From, offered, answered, abandoned, service level: of nothing there is none.
  await expect(running.getByRole("cell")).toHaveText(["0", "0", "0", "–"]);
  await ringside.post(queueCallers(CALLER, "hangup"));
  await expect(running.getByRole("cell")).toHaveText(["1", "0", "1", "–"], { timeout: 15_000 });
  await expect(day.locator("path[data-series=abandoned].chart__bars--running")).toHaveAttribute("d", /^M/);
  await ringside.post(slaBreached("15550100"));
  const breaches = page.getByRole("region", { name: "Waited too long today" });
  await expect(breaches.getByRole("link", { name: "15550100" })).toHaveAttribute("href", /history\?number=15550100/);
  expect(await violations(page)).toEqual([]);
  expect(found).toEqual([]);
});

test("the diagnostics say what was not understood, and go on by themselves", async ({ page, ringside }) => {
  await company(ringside);
  await page.goto(`${ringside.address}/settings/diagnostics`);
  const events = page.getByRole("region", { name: "Events without a use" });
  await expect(events).toContainText("None so far.");
  await ringside.post({ event_type: "queue_painted_green", tenant_id: "700000000000000001" });
  await expect(events).toContainText("queue_painted_green", { timeout: 30_000 });
  expect(await violations(page)).toEqual([]);
});

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1366, height: 768 }, { width: 390, height: 844 }]) {
    test(`every page is accessible and still, ${colorScheme}, ${viewport.width} px wide`, async ({ browser, ringside }) => {
      await company(ringside);
      const page = await browser.newPage({ viewport, colorScheme });
      await page.addInitScript(() => {
        window.shifts = 0;
        new PerformanceObserver((list) => {
          for (const { value } of list.getEntries()) window.shifts += value;
        }).observe({ type: "layout-shift", buffered: true });
      });
      for (const path of ["/queues", "/queues/8001", "/agents", "/extensions", "/calls"]) {
        await open(page, ringside, path);
        expect(await violations(page), path).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBe(0);
        // The lamps' words are of another length once the page is live; no more than that.
        expect(await page.evaluate(() => window.shifts), `layout shift of ${path}`).toBeLessThan(0.01);
      }
      await page.close();
    });
  }
}

test("the calls that are over as a file: how many have come is said, and half a file is not kept", async ({ page, ringside }) => {
  for (const session of ["900000000000000021", "900000000000000022"]) {
    await ringside.post(callStart(session, { at: stamp(60) }));
    await ringside.post(callRecord(session));
  }
  await expect(async () => {
    await page.goto(`${ringside.address}/history`);
    await expect(page.locator(".history__at")).toHaveCount(2, { timeout: 500 });
  }).toPass({ timeout: 20_000 });
  const link = page.getByRole("link", { name: "As a file (CSV)" });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  expect(download.suggestedFilename()).toBe("calls.csv");
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  expect(lines).toHaveLength(3);
  await expect(page.getByText("2 calls, the whole file")).toBeVisible();
  await page.route("**/calls.csv*", (route) => route.abort("connectionreset"));
  await link.click();
  await expect(page.getByText("The file broke off")).toBeVisible();
});
