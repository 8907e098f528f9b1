// A page that isn't live never looks it.
import { extensionPresence, extensionStatus, queueStatus, stamp } from "../pbx.js";
import { expect, openLive, serverLamp, test } from "../ringside.js";

test("the server is killed: the page says so, keeps trying, and is right again after the restart", async ({
  page,
  ringside,
}) => {
  await ringside.post(extensionStatus("101", { at: stamp(60) }));
  await openLive(page, ringside);
  const banner = page.locator(".stale-banner");
  await expect(banner).toBeHidden();
  const liveLook = await look(page);

  await ringside.post(extensionPresence("101", "LUNCH"));
  await ringside.post(queueStatus({ waiting: [{ session: "900000000000000001" }] }));
  await ringside.kill();
  await expect(serverLamp(page)).toHaveAttribute("data-state", "lost", { timeout: 10_000 });
  await expect(serverLamp(page)).toContainText("not live");
  await expect(banner).toBeVisible();
  await expect(banner).toContainText("Not live since");
  expect(await look(page), "the rows of a page that is not live").not.toEqual(liveLook);

  let tries = 0;
  page.on("websocket", () => tries++);
  await expect.poll(() => tries, { timeout: 30_000 }).toBeGreaterThan(1);

  await ringside.launch();
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 30_000 });
  await expect(banner).toBeHidden();
  await expect(page.getByRole("region", { name: "Presence" })).toContainText("lunch");
  const row = page.getByRole("row", { name: "Support" });
  await expect(row.locator("data")).toHaveText("1");

  await ringside.post(extensionPresence("101", "AWAY", stamp(-1)));
  await expect(page.getByRole("region", { name: "Presence" })).toContainText("away");
});

/** How the page's content is drawn: colours fade, or a filter greys them, when it is not live. */
function look(page) {
  return page.locator("main").evaluate((main) => {
    const { filter, opacity, color } = getComputedStyle(main);
    const cards = [...main.querySelectorAll(".card")].map((card) => {
      const style = getComputedStyle(card);
      return [style.filter, style.opacity, style.color];
    });
    return { filter, opacity, color, cards };
  });
}

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false });

  test("the page shows the rows and as of when", async ({ page, ringside }) => {
    await ringside.post(extensionStatus("101", { presence: "LUNCH", at: stamp(60) }));
    await page.goto(ringside.address);
    await expect(page.getByRole("region", { name: "Presence" })).toContainText("lunch");
    await expect(serverLamp(page)).toContainText("as of");
    await expect(page.locator("head noscript")).toHaveCount(1);
  });

  test("the page loads itself again", async ({ page, ringside }) => {
    await ringside.post(extensionStatus("101", { at: stamp(60) }));
    await page.goto(ringside.address);
    await ringside.post(extensionPresence("101", "LUNCH"));
    await expect(page.getByRole("region", { name: "Presence" })).toContainText("lunch", { timeout: 20_000 });
  });

  test("the page goes stale by itself where loading again brings nothing", async ({ page, ringside }) => {
    // The browser's tools can't look at a page while another one is on its way: so here none is.
    await page.route("**/", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace(/<noscript>.*?<\/noscript>/, "") });
    });
    await page.goto(ringside.address);
    const banner = page.locator(".stale-banner");
    await expect(banner).toBeHidden();
    const fresh = await look(page);
    await expect(banner).toBeVisible({ timeout: 15_000 });
    await expect(banner).toContainText("this is how it was at");
    expect(await look(page)).not.toEqual(fresh);
  });
});
