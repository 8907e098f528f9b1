// From a rule that somebody writes to a strip on the page that is read, heard, acknowledged, and gone again.
import { queueCallers, queueStatus } from "../pbx.js";
import { complaints, expect, openLive, test, violations } from "../ringside.js";

const CALLS = ["900000000000000001", "900000000000000002"];

test("an alert appears, is announced, acknowledged, and clears", async ({ page, ringside }) => {
  const found = complaints(page);
  await page.goto(`${ringside.address}/settings/alerts`);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "New rule" }).click();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("What", { exact: true }).selectOption("Waiting callers");
  await page.getByLabel("Limit", { exact: true }).fill("1");
  await page.getByLabel("For so many seconds").fill("0");
  await page.getByLabel("Severity").selectOption("Action");
  await page.getByLabel("Cool-down, minutes").fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: "Waiting callers more than 1" })).toContainText("within bounds");

  await page.context().addInitScript(() => {
    window.chimes = 0;
    addEventListener("ringside:chimed", () => window.chimes++);
  });
  await openLive(page, ringside);
  await page.evaluate(() => (window.sameDocument = true));
  const strip = page.getByRole("region", { name: "Alerts" });
  await expect(strip).toBeHidden();

  await ringside.post(queueStatus({ waiting: CALLS.map((session) => ({ session })) }));
  await expect(strip).toContainText("Action");
  await expect(strip).toContainText("Waiting callers 2, limit 1");
  await expect(page.locator("p[role=alert]")).toHaveText("Action: Support, Waiting callers 2, limit 1");
  expect(await strip.getByRole("link", { name: "Support" }).getAttribute("href")).toBe("/queues/8001");
  await expect(page.getByRole("row", { name: "Support" }).first().locator(".raised:visible")).toHaveAttribute("data-severity", "action");
  // Of a queue without a target only the rule says that two are too many.
  await expect(page.locator(".strip__figure").first()).toHaveAttribute("data-age", "act");
  const blink = () => strip.locator(".alert__glyph").evaluate((glyph) => getComputedStyle(glyph).animation);
  expect(await blink()).toMatch(/1s.*alert-blink/);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await blink()).not.toContain("alert-blink");
  expect(await violations(page)).toEqual([]);

  // A wall shows it whatever else it shows, and makes no sound of it.
  const wall = await page.context().newPage();
  await wall.goto(`${ringside.address}/wall/company`);
  await expect(wall.locator("[data-metric=waiting]")).toHaveAttribute("data-age", "act", { timeout: 20_000 });
  await wall.goto(`${ringside.address}/wall/agents`);
  const alarm = wall.locator(".wall-alarm:visible");
  await expect(alarm).toHaveCount(1, { timeout: 20_000 });
  await expect(alarm).toHaveText(/Support\s+Waiting callers 2, limit 1/);
  await expect(alarm).toHaveAttribute("data-severity", "action");
  expect(await violations(wall)).toEqual([]);

  await page.bringToFront();
  await strip.getByRole("button", { name: /^Acknowledge/ }).click();
  await expect(strip).toContainText("acknowledged");
  await expect(strip.getByRole("button")).toHaveCount(0);
  expect(await page.evaluate(() => [window.sameDocument, window.chimes])).toEqual([true, 0]);

  await ringside.post(queueCallers(CALLS[0], "hangup"));
  await expect(strip).toBeHidden();
  await expect(page.getByText("No alerts any more")).toBeAttached();
  await expect(alarm).toHaveCount(0);
  await expect(page.locator(".strip__figure").first()).not.toHaveAttribute("data-age");
  expect(await wall.evaluate(() => window.chimes)).toBe(0);
  await wall.close();

  // Who wants it hears the next one, once; so does a room whose board says so.
  const file = new FormData();
  file.set("file", new Blob([JSON.stringify({ ringside_wall: 1, title: "Loud", sound: true, pages: [{ tiles: [{ kind: "clock" }] }] })]), "a.json");
  await fetch(`${ringside.address}/settings/walls/boards/import`, { method: "POST", body: file, redirect: "manual" });
  const loud = await page.context().newPage();
  await loud.goto(`${ringside.address}/wall/loud`);
  await expect(loud.locator("[data-lamp=server]")).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  await page.evaluate(() => localStorage.setItem("ringsideChime", "on"));
  await ringside.post(queueStatus({ waiting: CALLS.map((session) => ({ session: `${session}9` })) }));
  await expect(strip).toBeVisible();
  expect(await page.evaluate(() => window.chimes)).toBe(1);
  await expect(loud.locator(".wall-alarm:visible")).toHaveCount(1);
  expect(await loud.evaluate(() => window.chimes)).toBe(1);
  await loud.close();
  await page.locator(".look__head").click();
  await expect(page.getByRole("button", { name: "Sound for new alerts" })).toBeVisible();
  expect(found).toEqual([]);
});
