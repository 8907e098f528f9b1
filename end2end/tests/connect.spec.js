// From an empty folder to a connected PBX by the pages alone, and the pages that this takes.
import { chromium } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { complaints, expect, openLive, Ringside, serverLamp, test as base, violations, withSimulator } from "../ringside.js";

const PASSWORD = "eight brown horses";

const test = base.extend({
  environment: [{ RINGSIDE_ACCESS: "open" }, { option: true }],
  ringside: async ({ environment }, use) => {
    const ringside = await Ringside.startEmpty(environment);
    await use(ringside);
    await ringside.remove();
  },
});

const box = (page, name) => page.getByRole("region", { name, exact: true });

/** Presses a box's button for a new secret, and reads URL and token off the page, as a person does. */
async function take(page, name) {
  await box(page, name).getByRole("button", { name: "New secret" }).click();
  const [url, token] = await box(page, name).locator("code").allTextContents();
  return { url, token };
}

/** Fills in what a set-up link asks for. */
async function become(page, link, name) {
  await page.goto(link);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByLabel("The same again").fill(PASSWORD);
  await page.getByRole("button", { name: "Save and go on" }).click();
}

test.describe("a newcomer", () => {
  test.use({ environment: {} });

  test("is connected within two minutes of the set-up link, and sees why a retired secret is refused", async ({
    page,
    ringside,
  }) => {
    // More is more than was promised.
    test.setTimeout(120_000);
    const found = complaints(page);
    await become(page, await ringside.setUpLink(), "anna");
    await page.getByRole("link", { name: "Open Event URL" }).click();
    await expect(box(page, "CDR Events")).toContainText("Waiting for the first event");

    // One after the other: a page shows one secret, once.
    const cdr = await take(page, "CDR Events");
    const extension = await take(page, "Extension Events");
    expect(cdr.token).toMatch(/^[a-z0-9]{32}$/);
    expect(await page.content()).not.toContain(cdr.token);

    await withSimulator(ringside, { cdr, extension }, async () => {
      // Without a reload: the page is live. After the first event come others, so that it may say either.
      await expect(box(page, "Extension Events")).toContainText(/First event|Connected/, { timeout: 20_000 });
      await expect(page.locator("[data-live]").filter({ hasText: "Accepted" }).first()).toBeVisible();
      await page.goto(ringside.address);
      await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
      await expect(page.locator("[data-lamp=pbx]")).toHaveAttribute("data-state", "live");
      await expect(page.getByRole("region", { name: "Presence" })).toContainText("101", { timeout: 20_000 });
    });
    expect(found).toEqual([]);

    // The new secret is in use, so the old one can go; then another one, and the PBX keeps the one before.
    await page.goto(`${ringside.address}/settings/event-url`);
    const retire = () => box(page, "Extension Events").getByRole("button", { name: "Retire the old secret" }).click();
    await retire();
    await take(page, "Extension Events");
    await retire();
    await withSimulator(ringside, { cdr, extension }, async () => {
      const why = "the secret was retired here";
      await expect(box(page, "Extension Events")).toContainText(why, { timeout: 20_000 });
    });
  });

  test("whose session ended while the network was away is led to sign-in", async ({ page, browser, ringside }) => {
    await become(page, await ringside.setUpLink(), "anna");
    await openLive(page, ringside);
    await page.context().setOffline(true);
    await expect(serverLamp(page)).not.toHaveAttribute("data-state", "live", { timeout: 20_000 });

    const elsewhere = await (await browser.newContext()).newPage();
    await elsewhere.goto(ringside.address);
    await elsewhere.getByLabel("Name").fill("anna");
    await elsewhere.getByLabel("Password").fill(PASSWORD);
    await elsewhere.getByRole("button", { name: "Sign in" }).click();
    await elsewhere.goto(`${ringside.address}/settings/me`);
    await elsewhere.getByRole("button", { name: "Sign out everywhere" }).click();
    await elsewhere.close();

    await page.context().setOffline(false);
    await expect(page).toHaveURL(/\/sign-in$/, { timeout: 30_000 });
  });

  test("pairs a screen once: it has its wall again after its tab was killed, and after a power cut", async ({ page, ringside }) => {
    await become(page, await ringside.setUpLink(), "anna");
    const folder = join(ringside.folder, "screen");
    const start = () => chromium.launchPersistentContext(folder, { executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    const isLive = (screen) => expect(serverLamp(screen)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
    // What a kiosk opens each time.
    const opened = async (screen) => {
      await screen.goto(`${ringside.address}/pair`);
      return screen;
    };
    let kiosk = await start();
    const screen = await opened(kiosk.pages()[0]);
    const code = (await screen.locator(".door__code").textContent()).replace(/\s/g, "");
    await page.goto(`${ringside.address}/settings/walls`);
    const form = page.locator("form[action='/settings/walls/pair']");
    await form.locator("[name=code]").fill(code);
    await form.locator("[name=name]").fill("Hall");
    await form.locator("[name=board]").selectOption("wall/company");
    await form.getByRole("button").click();
    await isLive(screen);

    const crash = screen.waitForEvent("crash");
    screen.goto("chrome://crash").catch(() => {});
    await crash;
    await isLive(await opened(await kiosk.newPage()));

    // A browser writes its cookies down as it ends, or within half a minute.
    await kiosk.close();
    kiosk = await start();
    await isLive(await opened(kiosk.pages()[0]));
    const cut = once(kiosk, "close");
    execFileSync("pkill", ["-KILL", "--full", "--", `--user-data-dir=${folder}`]);
    await cut;
    kiosk = await start();
    const again = await opened(kiosk.pages()[0]);
    await isLive(again);
    expect(new URL(again.url()).pathname).toBe("/wall/company");
    await kiosk.close();
  });

  test("finds the pages before the door accessible", async ({ page, ringside }) => {
    const link = await ringside.setUpLink();
    const paths = ["/sign-in", "/pair", "/set-up/not-a-link", new URL(link).pathname];
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const path of paths) {
        await page.goto(ringside.address + path);
        // A screen without a keyboard asks by itself whether its code was typed somewhere.
        const but = path === "/pair" ? ["meta-refresh"] : [];
        expect(await violations(page, { but }), `${path}, ${colorScheme}`).toEqual([]);
      }
    }
    await become(page, link, "anna");
    await page.goto(`${ringside.address}/settings/me`);
    expect(await violations(page), "one's own account").toEqual([]);
  });
});

const SETTINGS = [
  ...["", "/event-url", "/event-url/guide", "/event-url/deliveries", "/event-url/addresses?endpoint=cdr"],
  ...["/queues", "/names", "/general", "/people", "/pbx", "/tokens", "/walls", "/audit", "/diagnostics"],
];

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1366, height: 768 }, { width: 390, height: 844 }]) {
    test.describe(`${colorScheme}, ${viewport.width} px wide`, () => {
      test.use({ colorScheme, viewport });
      test("the settings' pages are accessible", async ({ page, ringside }) => {
        const found = complaints(page);
        for (const path of SETTINGS) {
          const answer = await page.goto(`${ringside.address}/settings${path}`);
          expect(answer.status(), path).toBe(200);
          expect(await violations(page), path).toEqual([]);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(wider, `${path} is to be scrolled sideways`).toBe(0);
        }
        await page.goto(`${ringside.address}/settings/event-url`);
        await take(page, "CDR Events");
        expect(await violations(page), "with a new secret").toEqual([]);
        expect(found).toEqual([]);
      });
    });
  }
}

test("without scripts the forms work all the same", async ({ browser, ringside }) => {
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(`${ringside.address}/settings/event-url`);
  const { token } = await take(page, "CDR Events");
  expect(token).toMatch(/^[a-z0-9]{32}$/);
  await box(page, "CDR Events").getByRole("switch").click();
  await expect(box(page, "CDR Events")).toContainText("Switched off here");
  await page.close();
});
