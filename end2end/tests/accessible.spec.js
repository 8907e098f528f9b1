// axe finds nothing to object to on the overview, in light and dark, with and without rows.
import { callStart, extensionStatus, queueStatus, stamp } from "../pbx.js";
import { complaints, expect, openLive, test, violations } from "../ringside.js";

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1366, height: 768 }, { width: 390, height: 844 }]) {
    test.describe(`${colorScheme}, ${viewport.width} px wide`, () => {
      test.use({ colorScheme, viewport });

      test("the overview is accessible", async ({ page, ringside }) => {
        const found = complaints(page);
        await openLive(page, ringside);
        expect(await violations(page), "a new install").toEqual([]);

        await ringside.post(extensionStatus("101", { at: stamp(60) }));
        await ringside.post(extensionStatus("102", { presence: "DO_NOT_DISTURB", at: stamp(60) }));
        await ringside.post(extensionStatus("103", { online: false, at: stamp(60) }));
        await ringside.post(
          queueStatus({
            waiting: [
              { session: "900000000000000001", name: "Ada Example", at: stamp(200) },
              { session: "900000000000000002", at: stamp(5) },
            ],
            agents: [
              { number: "101", state: "READY", at: stamp(60) },
              { number: "102", state: "NOT_READY", at: stamp(60) },
            ],
          }),
        );
        await ringside.post(callStart("900000000000000003"));
        await expect(page.getByRole("region", { name: "Live calls" })).toContainText("15550100");
        expect(await violations(page), "with rows").toEqual([]);
        expect(found).toEqual([]);
      });
    });
  }
}

test("a page that is not live is accessible too", async ({ page, ringside }) => {
  await ringside.post(extensionStatus("101", { at: stamp(60) }));
  await openLive(page, ringside);
  await ringside.kill();
  await expect(page.locator(".stale-banner")).toBeVisible({ timeout: 10_000 });
  expect(await violations(page)).toEqual([]);
});
