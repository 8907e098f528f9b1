// From an empty folder to a connected PBX, by the pages alone.
import axe from "axe-core";
import { complaints, expect, Ringside, test as base, withSimulator } from "../ringside.js";

const test = base.extend({
  ringside: async ({}, use) => {
    const ringside = await Ringside.startEmpty();
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

test("a newcomer connects a PBX by the pages, and sees why a retired secret is refused", async ({ page, ringside }) => {
  const found = complaints(page);
  await page.goto(ringside.address);
  await page.getByRole("link", { name: "Open Event URL" }).click();
  await expect(box(page, "CDR Events")).toContainText("Waiting for the first event");

  // One after the other: a page shows one secret, once.
  const cdr = await take(page, "CDR Events");
  const extension = await take(page, "Extension Events");
  expect(cdr.token).toMatch(/^[a-z0-9]{32}$/);
  expect(await page.content()).not.toContain(cdr.token);

  await withSimulator(ringside, { cdr, extension }, async () => {
    // Without a reload: the page is live.
    await expect(box(page, "Extension Events")).toContainText("First event", { timeout: 20_000 });
    await expect(box(page, "Deliveries")).toContainText("Accepted");
  });
  expect(found).toEqual([]);

  // The new secret is in use, so the old one can go; then another one, and the PBX keeps the one before.
  await page.reload();
  const retire = () => box(page, "Extension Events").getByRole("button", { name: "Retire the old secret" }).click();
  await retire();
  await take(page, "Extension Events");
  await retire();
  await withSimulator(ringside, { cdr, extension }, async () => {
    const why = "the secret was retired here";
    await expect(box(page, "Extension Events")).toContainText(why, { timeout: 20_000 });
    await expect(box(page, "Deliveries")).toContainText(why);
  });
});

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1366, height: 768 }, { width: 390, height: 844 }]) {
    test.describe(`${colorScheme}, ${viewport.width} px wide`, () => {
      test.use({ colorScheme, viewport });
      test("the settings' pages are accessible", async ({ page, ringside }) => {
        for (const path of ["", "/event-url", "/event-url/guide", "/event-url/deliveries", "/event-url/addresses?endpoint=cdr"]) {
          await page.goto(`${ringside.address}/settings${path}`);
          expect(await violations(page), path).toEqual([]);
        }
        await page.goto(`${ringside.address}/settings/event-url`);
        await take(page, "CDR Events");
        expect(await violations(page), "with a new secret").toEqual([]);
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

/** What axe objects to, in words. */
async function violations(page) {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
    );
  });
}
