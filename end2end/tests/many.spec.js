// How much there is: 100,000 rows, and none.
import { complaints, expect, Ringside, serverLamp, test } from "../ringside.js";

const MANY = 100_000;
const GROUPED = { en: ["100,000", "99,800"], de: ["100.000", "99.800"] };

async function open(page, ringside, path) {
  await page.goto(ringside.address + path);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 60_000 });
}

test.describe("100,000 extensions", () => {
  // One Ringside for all of these, which only read it.
  test.describe.configure({ mode: "default", timeout: 120_000 });
  let ringside;

  test.beforeAll(async () => {
    const name = (at) => (at === 77_777 ? "Zenobia Needle" : `Person ${at}`);
    const lines = Array.from({ length: MANY }, (_, at) => `extension,${200_000 + at},${name(at)},Department ${at % 200},`);
    ringside = await Ringside.start({ directory: ["kind,number,name,department,queue_id", ...lines].join("\n") });
  });

  test.afterAll(() => ringside?.remove());

  for (const path of ["/extensions", "/", "/wall/presence"]) {
    test(`${path} is live, says how many there are, and holds no element for each`, async ({ page }) => {
      const found = complaints(page);
      let loads = 0;
      page.on("request", (request) => (loads += request.isNavigationRequest() ? 1 : 0));
      await open(page, ringside, path);
      await expect(page.locator(path.startsWith("/wall") ? ".wall" : "main")).toContainText(/100[.,]?000/);
      await expect(page.locator(".person").first()).toBeVisible();
      expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(MANY / 10);
      // A beat comes every 3 s: after three of them the page is the same one, and the rows were right each time.
      await page.waitForTimeout(9_000);
      await expect(serverLamp(page)).toHaveAttribute("data-state", "live");
      expect(loads, "the page was loaded once").toBe(1);
      expect(found).toEqual([]);
    });
  }

  test("more are shown to who scrolls, one is found by name, and keys are heard", async ({ page }) => {
    const found = complaints(page);
    await open(page, ringside, "/extensions");
    const people = page.locator(".person");
    for (const turn of [1, 2]) {
      const before = await people.count();
      await page.mouse.wheel(0, 1_000_000);
      await expect.poll(() => people.count(), `turn ${turn}`).toBeGreaterThan(before);
    }
    await page.keyboard.press("/");
    await page.keyboard.type("zenobia");
    await expect(people).toHaveCount(1);
    await expect(people).toContainText("Zenobia Needle");
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await expect.poll(() => people.count()).toBeGreaterThan(100);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(found).toEqual([]);
  });

  for (const [locale, [all, rest]] of Object.entries(GROUPED)) {
    test.describe(`a browser of ${locale}`, () => {
      test.use({ locale });

      test("reads so many as its language writes them", async ({ page }) => {
        await open(page, ringside, "/extensions");
        await expect(page.locator("h1")).toContainText(all);
        await expect(page.locator("[data-more]")).toContainText(rest);
        await open(page, ringside, "/");
        await expect(page.locator("section", { has: page.locator("#presence-title") })).toContainText(all);
      });
    });
  }

  test.describe("with scripts off", () => {
    test.use({ javaScriptEnabled: false });

    test("one is found too", async ({ page }) => {
      await page.goto(`${ringside.address}/extensions`);
      await page.getByRole("searchbox").fill("zenobia");
      await page.getByRole("searchbox").press("Enter");
      await expect(page).toHaveURL(/q=zenobia/);
      await expect(page.locator(".person")).toHaveCount(1);
      await expect(page.locator(".person")).toContainText("Zenobia Needle");
    });
  });
});

/** What lies on other text, or out of the page to the side. */
const collisions = (page) =>
  page.evaluate(() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      // What is fixed to the screen's edge lies over what scrolls below it.
      if (!walker.currentNode.data.trim() || element.closest(".visually-hidden, .nav, noscript, script, dialog")) continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      // The letters stand in the middle half of their line's box.
      for (const { left, right, top, height } of range.getClientRects()) {
        texts.push([walker.currentNode.data.trim().slice(0, 30), { left, right, top: top + height / 4, bottom: top + (height * 3) / 4 }]);
      }
    }
    const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    const found = texts.flatMap(([one, a], at) => texts.slice(at + 1).filter(([, b]) => over(a, b)).map(([other]) => `${one} × ${other}`));
    return [...found, ...(document.documentElement.scrollWidth > innerWidth ? ["it scrolls to the side"] : [])];
  });

const NOTHING = {
  "/": [/Connect the PBX/, /No queue is known yet/, /No extension is known yet/, /No calls at the moment/, /No figures yet/],
  "/queues": [/Connect the PBX/, /No queue is known yet/],
  "/agents": [/Connect the PBX/, /No agent is known yet/],
  "/extensions": [/Connect the PBX/, /No extension is known yet/],
  "/calls": [/Connect the PBX/, /No calls at the moment/],
  "/wall/company": [/no event yet/, /No queue is known yet/],
  "/wall/queue/8001": [/no event yet/, /No agent is known yet/, /no such queue|No queue is known yet/],
  "/wall/presence": [/no event yet/, /No extension is known yet/],
};

for (const [path, said] of Object.entries(NOTHING)) {
  test(`of nothing ${path} says so, and nothing lies on anything else`, async ({ page, ringside }) => {
    const found = complaints(page);
    await open(page, ringside, path);
    for (const text of said) await expect(page.locator("body")).toContainText(text);
    for (const [width, height] of [[1366, 768], [390, 844]]) {
      await page.setViewportSize({ width, height });
      expect(await collisions(page), `${width} px wide`).toEqual([]);
    }
    expect(found).toEqual([]);
  });
}

test("of nothing no figure is a number", async ({ page, ringside }) => {
  for (const path of ["/wall/company", "/", "/queues"]) {
    await open(page, ringside, path);
    // No queue, no agent, no event: how many wait or are ready nobody has told.
    const figures = await page.locator(".strip__number, .wall-figure__number").allTextContents();
    expect(figures.map((figure) => figure.trim().charAt(0)), path).toEqual(figures.map(() => "–"));
  }
});
