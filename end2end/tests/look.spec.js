// Language and colours: as the browser has them, as somebody chooses them, and what is there stays readable and within the page.
import { readFileSync } from "node:fs";
import { callStart, extensionStatus, queueStatus, stamp } from "../pbx.js";
import { complaints, expect, openLive, serverLamp, test, violations } from "../ringside.js";

const LANGUAGES = { en: "Queues", de: "Warteschlangen", es: "Colas", zh: "队列" };

async function rows(ringside) {
  await ringside.post(extensionStatus("101", { at: stamp(60) }));
  await ringside.post(extensionStatus("102", { presence: "DO_NOT_DISTURB", at: stamp(60) }));
  await ringside.post(
    queueStatus({
      waiting: [{ session: "900000000000000001", name: "Ada Example", at: stamp(200) }],
      agents: [
        { number: "101", state: "READY", at: stamp(60) },
        { number: "102", state: "NOT_READY", at: stamp(60) },
      ],
    }),
  );
  await ringside.post(callStart("900000000000000003"));
}

/** What of the lamps isn't seen whole, once each says the longest that it can. */
const unseen = (page, { lost, refused }) =>
  page.evaluate(([lost, refused]) => {
    const lamps = [...document.querySelectorAll(".lamp")];
    return lamps.filter((lamp) => {
      lamp.querySelector(".lamp__word").textContent = lamp.dataset.lamp === "server" ? lost : refused;
      const [all, state] = [lamp, lamp.querySelector(".lamp__state")].map((of) => of.getBoundingClientRect());
      const within = state.left >= all.left && state.right <= all.right + 0.5 && state.bottom <= all.bottom + 0.5;
      return !within || state.right > innerWidth;
    }).map((lamp) => lamp.textContent);
  }, [lost, refused]);

/** Whether anything stands out of the page to the side. */
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const [language, queues] of Object.entries(LANGUAGES)) {
  test.describe(`a browser of ${language}`, () => {
    test.use({ locale: language });

    test("is answered in it, before and after the program is there, on every page", async ({ page, ringside }) => {
      const found = complaints(page);
      const { lamp } = JSON.parse(readFileSync(`../app/locales/${language}.json`, "utf8"));
      await rows(ringside);
      await openLive(page, ringside);
      await expect(page.locator("html")).toHaveAttribute("lang", language);
      await expect(page.getByRole("region", { name: queues })).toBeVisible();
      // Whatever the lamps say, they say it whole and the bar stays within the page.
      for (const width of [390, 768, 1030, 1180, 1290, 1366, 1480, 1920]) {
        await page.setViewportSize({ width, height: 844 });
        expect(await unseen(page, lamp), `at ${width} px`).toEqual([]);
        expect(await overflow(page), `at ${width} px`).toBeLessThanOrEqual(0);
      }
      // What was rendered by the server is what the program says.
      const first = await (await page.request.get(ringside.address, { headers: { "accept-language": language } })).text();
      for (const heading of await page.locator("h2:visible").allTextContents()) expect(first).toContain(heading.trim());
      for (const path of ["/queues", "/agents", "/extensions", "/calls", "/history", "/settings", "/settings/event-url"]) {
        await page.goto(ringside.address + path);
        await expect(page.locator("html")).toHaveAttribute("lang", language);
        for (const width of [390, 1366]) {
          await page.setViewportSize({ width, height: 844 });
          expect(await overflow(page), `${path} at ${width} px`).toBeLessThanOrEqual(0);
        }
      }
      expect(found).toEqual([]);
    });
  });
}

test("a choice of language and colours is kept, and leads back to the page", async ({ page, ringside }) => {
  await rows(ringside);
  await page.goto(`${ringside.address}/queues?window=15`);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  await page.locator(".look__head").click();
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  expect(page.url()).toBe(`${ringside.address}/queues?window=15`);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  await page.locator(".look__head").click();
  await expect(page.getByRole("button", { name: "Deutsch" })).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Dunkel" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.goto(`${ringside.address}/settings`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Einstellungen");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

for (const colorScheme of ["light", "dark"]) {
  test.describe(`high contrast, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test("is accessible", async ({ page, ringside, context }) => {
      await context.addCookies([{ name: "ringside-theme", value: "contrast", url: ringside.address }]);
      await rows(ringside);
      await openLive(page, ringside);
      await expect(page.locator("html")).toHaveAttribute("data-theme", "contrast");
      await page.locator(".look__head").click();
      expect(await violations(page)).toEqual([]);
      await page.goto(`${ringside.address}/settings/event-url`);
      expect(await violations(page)).toEqual([]);
    });
  });
}
