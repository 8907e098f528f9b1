// What a caller calls himself is text, wherever it is shown.
import { callStart, extensionStatus, queueStatus, stamp } from "../pbx.js";
import { complaints, expect, openLive, test } from "../ringside.js";

const NAMES = [
  `<img src=x onerror="window.hit=1;alert(1)">`,
  `</script><img src=x onerror="window.hit=1;alert(2)">`,
  `<!--<script>window.hit=1;alert(3)</script>`,
];

test("names that are markup are shown as they are and never run", async ({ page, ringside }) => {
  const found = complaints(page);
  await ringside.post(extensionStatus("101", { at: stamp(60) }));
  await openLive(page, ringside);

  // By the feed, into a page that is live …
  const waiting = NAMES.map((name, place) => ({ session: `90000000000000001${place}`, name, at: stamp(9 - place) }));
  await ringside.post(queueStatus({ waiting }));
  for (const [place, name] of NAMES.entries()) {
    await ringside.post(callStart(`90000000000000002${place}`, { name, from: `1555012${place}` }));
  }
  await expectText(page);

  // … then rendered by the server, with the rows in the page's script.
  await page.reload();
  await expectText(page);
  await openLive(page, ringside);
  await expectText(page);
  expect(found).toEqual([]);
});

async function expectText(page) {
  for (const name of NAMES) {
    await expect(page.getByRole("region", { name: "Live calls" })).toContainText(name);
    await expect(page.getByRole("row", { name: "Support" })).toContainText(name);
  }
  await expect(page.locator("img")).toHaveCount(0);
  expect(await page.evaluate(() => window.hit)).toBeUndefined();
}
