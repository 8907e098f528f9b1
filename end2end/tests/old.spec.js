// Browsers that can't run the program, or refuse it something. Whatever they lack: what the server sent can be read, it says as of
// when it is, and never that it is live; it says why, and loads itself again before it is stale, at the pace of a page without scripts.
import { complaints, expect, serverLamp, test } from "../ringside.js";
import { extensionPresence, extensionStatus, queueStatus, stamp } from "../pbx.js";

/** One extension and a queue with one who waits. */
async function rows(ringside) {
  await ringside.post(extensionStatus("101", { at: stamp(60) }));
  await ringside.post(queueStatus({ waiting: [{ session: "900000000000000001", name: "Ada Example", at: stamp(60) }] }));
}

/** Counts how often the page itself was asked for. */
function loads(page) {
  const times = [];
  page.on("request", (request) => request.isNavigationRequest() && times.push(Date.now()));
  return times;
}

const cannotCompile = () => {
  const fails = () => Promise.reject(new WebAssembly.CompileError("reference types are not known here"));
  for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming"]) WebAssembly[name] = fails;
};

const UNABLE = {
  // Such as Chromium 61 to 95, which has modules and WebAssembly, but no reference types.
  "whose WebAssembly is too old for the program": { lacks: cannotCompile },
  "without WebAssembly": { lacks: () => delete window.WebAssembly },
  "without modules": { lacks: () => delete HTMLScriptElement.prototype.noModule, hasModules: false },
};

for (const [name, { lacks, hasModules = true }] of Object.entries(UNABLE)) {
  for (const path of ["/", "/wall/company"]) {
    test.describe(`a browser ${name}, ${path}`, () => {
      test.beforeEach(async ({ page, ringside }) => {
        await rows(ringside);
        await page.addInitScript(lacks);
        if (hasModules) return;
        await page.route(`${ringside.address}${path}`, async (route) => {
          const response = await route.fetch();
          const body = (await response.text()).replace(/<script[^>]*type="module".*?<\/script>/gs, "");
          await route.fulfill({ response, body });
        });
      });

      test("shows the rows as of when they were so, and says why they aren't live", async ({ page, ringside }) => {
        await page.goto(ringside.address + path);
        await expect(page.getByText("Support").first()).toBeVisible();
        await expect(serverLamp(page)).toContainText("as of");
        await expect(page.getByText(/this browser can't run/).first()).toBeVisible();
        await expect(serverLamp(page)).toHaveAttribute("data-state", "as-of");
        await expect(page.locator("html")).not.toHaveAttribute("data-live");
      });

      test("loads the page again before it is stale, at no storm's pace, for as long as it is open", async ({ page, ringside }) => {
        // As if it had failed many times before: the last wait must be no longer than the first.
        await page.addInitScript(() => (sessionStorage.ringsideTries ??= "6"));
        const times = loads(page);
        await page.goto(ringside.address + path);
        await expect.poll(() => times.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
        const gaps = times.slice(1).map((time, at) => time - times[at]);
        // A page is stale after 10 s; a busy machine takes its time to load the next one.
        for (const gap of gaps) {
          expect(gap).toBeGreaterThan(4_000);
          expect(gap).toBeLessThan(15_000);
        }
      });
    });
  }
}

test("a program that doesn't start, for whatever reason, is no storm of reloads", async ({ page, ringside }) => {
  await rows(ringside);
  await page.route(/\.wasm$/, (route) => route.fulfill({ status: 404, body: "" }));
  const times = loads(page);
  await page.goto(ringside.address);
  await page.waitForTimeout(12_000);
  // After 1, 2, 4 and 8 s, less half of each.
  expect(times.length).toBeLessThanOrEqual(6);
  await expect(page.getByRole("region", { name: "Presence" })).toContainText("available");
  await expect(serverLamp(page)).toContainText("as of");
});

const REFUSED = {
  "that keeps nothing for pages": () => {
    const get = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get });
  },
  "that doesn't tell its zone": () => {
    const { resolvedOptions } = Intl.DateTimeFormat.prototype;
    Intl.DateTimeFormat.prototype.resolvedOptions = function () {
      return { ...resolvedOptions.call(this), timeZone: undefined };
    };
  },
  "without observers, locks and idle time": () => {
    delete window.PerformanceObserver;
    delete window.requestIdleCallback;
    delete Navigator.prototype.wakeLock;
  },
};

for (const [name, lacks] of Object.entries(REFUSED)) {
  for (const path of ["/extensions", "/wall/presence"]) {
    test(`a browser ${name} is live on ${path}`, async ({ page, ringside }) => {
      const found = complaints(page);
      await page.addInitScript(lacks);
      await rows(ringside);
      await page.goto(ringside.address + path);
      await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
      await ringside.post(extensionPresence("101", "LUNCH"));
      await expect(page.locator(".person")).toContainText("lunch");
      if (path === "/extensions") {
        await page.getByRole("button", { name: /Favourite/ }).click();
        await expect(page.getByRole("heading", { name: "Favourites" })).toBeVisible();
        await page.locator(".look__head").click();
        await page.locator("[data-chime]").click();
      }
      expect(found).toEqual([]);
    });
  }
}
