// Walls: what a room reads from some metres away, alone for years.
import { setTimeout as sleep } from "node:timers/promises";
import { queueCallers, queueStatus, stamp } from "../pbx.js";
import { complaints, expect, Ringside, serverLamp, test, violations } from "../ringside.js";

const SCREENS = [[1920, 1080], [3840, 2160], [1080, 1920], [1366, 768]];
const QUEUE_ID = "800000000000000001";

/** Opens a wall and waits until it is live. */
async function openWall(page, ringside, board) {
  await page.goto(`${ringside.address}/wall/${board}`);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  await page.evaluate(() => document.fonts.ready);
}

/** Brings a board as a file; its id. */
async function importBoard(ringside, board) {
  const form = new FormData();
  form.set("file", new Blob([JSON.stringify({ ringside_wall: 1, ...board })], { type: "application/json" }), "a.json");
  const answer = await fetch(`${ringside.address}/settings/walls/boards/import`, { method: "POST", body: form, redirect: "manual" });
  expect(answer.status).toBe(303);
  return new URLSearchParams(answer.headers.get("location").split("?")[1]).get("id");
}

/** By when a queue's callers should be answered. */
async function setTarget(ringside, seconds) {
  const body = new URLSearchParams({ queue: QUEUE_ID, target_seconds: seconds, target_percent: 80, service_level: 3, short_abandon_seconds: 5 });
  const answer = await fetch(`${ringside.address}/settings/queues`, { method: "POST", body, redirect: "manual" });
  expect(answer.status).toBe(303);
}

const busy = () =>
  queueStatus({
    waiting: [{ session: "900000000000000001", name: "Ada Example", at: stamp(170) }, { session: "900000000000000002", at: stamp(20) }],
    agents: [{ number: "101", state: "READY", at: stamp(60) }, { number: "102", state: "NOT_READY", at: stamp(2000) }],
  });

async function everybodyLeaves(ringside) {
  for (const session of ["900000000000000001", "900000000000000002"]) await ringside.post(queueCallers(session, "hangup"));
}

/**
 * The least height of a capital, in minutes of arc, of all text that is seen; and how high the digits of big numbers are, in
 * parts of the screen's height. By the drawn glyphs' own heights (canvas) and the geometry of ISO 9241-3: a glyph of height h
 * at distance D is seen under 2·atan(h ÷ 2D). A 16:9 screen of d inches has a short side of d × 2.54 cm × 9 ÷ √(16² + 9²).
 */
function sizes(page, metres, inches) {
  return page.evaluate(
    ([metres, inches]) => {
      const metresOfPixel = (inches * 0.0254 * 9) / Math.hypot(16, 9) / Math.min(innerWidth, innerHeight);
      const canvas = document.createElement("canvas").getContext("2d");
      const height = (element, glyph) => {
        const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(element);
        canvas.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
        return canvas.measureText(glyph).actualBoundingBoxAscent;
      };
      const minutes = (pixels) => (2 * Math.atan((pixels * metresOfPixel) / (2 * metres)) * 180 * 60) / Math.PI;
      const small = [];
      const walker = document.createTreeWalker(document.querySelector(".wall"), NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || element.closest(".visually-hidden, noscript") || !element.checkVisibility()) continue;
        const seen = minutes(height(element, "H"));
        if (seen < 20) small.push(`${walker.currentNode.data}: ${seen.toFixed(1)}′`);
      }
      const numbers = [...document.querySelectorAll(".wall-figure__number")].filter((number) => number.checkVisibility());
      return { small, parts: numbers.map((number) => height(number, "0") / innerHeight) };
    },
    [metres, inches],
  );
}

/** What is beyond the screen's edge or its box, and whether anything scrolls. */
function beyond(page) {
  return page.evaluate(() => {
    const found = [];
    const { scrollWidth, scrollHeight } = document.documentElement;
    if (scrollWidth > innerWidth || scrollHeight > innerHeight) found.push(`the page is ${scrollWidth} × ${scrollHeight}`);
    for (const element of document.querySelectorAll(".wall, .wall *")) {
      if (!element.checkVisibility() || element.closest(".visually-hidden, [hidden], noscript")) continue;
      const box = element.getBoundingClientRect();
      if (!box.width || !box.height) continue;
      const name = `${element.tagName}.${element.getAttribute("class")} ${element.textContent.slice(0, 30)}`;
      const list = element.closest(".wall-turns, .wall-people, .wall-cards");
      if (list && list !== element) {
        // A row is whole on this screenful, or on another one.
        const place = list.getBoundingClientRect();
        const is_of_another = box.left >= place.right - 1 || box.right <= place.left + 1;
        if (element.parentElement === list && !is_of_another && (box.bottom > place.bottom + 1 || box.top < place.top - 1)) {
          found.push(`${name} is cut`);
        }
      } else if (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1) {
        found.push(`${name} is beyond the edge`);
      }
    }
    // Figures and their words are never shortened; names may be.
    for (const figure of document.querySelectorAll(".wall-figure__number, .wall-figure dt, .wall-table .num, .wall-card dd")) {
      if (figure.checkVisibility() && figure.scrollWidth > figure.clientWidth + 1) found.push(`${figure.textContent} has no room`);
    }
    return found;
  });
}

test("from its distance every text is at least 20 minutes of arc, and main numbers a twelfth of the screen", async ({ page, ringside }) => {
  await ringside.post(busy());
  await setTarget(ringside, 20);
  const tiles = ["waiting", "longest", "level", "ready", "talking"].map((metric) => ({ kind: "number", metric }));
  tiles.push({ kind: "queue_table" }, { kind: "chart" }, { kind: "announcement", text: "Tea at 4" });
  const far = await importBoard(ringside, { title: "Far", distance_m: 5, screen_inches: 65, pages: [{ tiles }] });
  // As small and as far away as it gets.
  const near = await importBoard(ringside, { title: "Small", distance_m: 5, screen_inches: 43, pages: [{ tiles: tiles.slice(0, 6) }] });
  const found = complaints(page);
  for (const [board, metres, inches, screens] of [
    ["company", 3, 55, SCREENS],
    ["queue/8001", 3, 55, SCREENS.slice(2)],
    ["queues", 3, 55, SCREENS.slice(2)],
    ["presence", 3, 55, SCREENS.slice(3)],
    ["agents", 3, 55, SCREENS.slice(3)],
    [far, 5, 65, SCREENS.slice(2)],
    [near, 5, 43, [SCREENS[0], SCREENS[3]]],
  ]) {
    await openWall(page, ringside, board);
    for (const [width, height] of screens) {
      await page.setViewportSize({ width, height });
      const { small, parts } = await sizes(page, metres, inches);
      expect(small, `${board} at ${width} × ${height}`).toEqual([]);
      // In portrait the first two are the main ones.
      const main = width > height ? parts : parts.slice(0, 2);
      for (const part of main) expect(part, `${board} at ${width} × ${height}`).toBeGreaterThanOrEqual(1 / 12);
      expect(await beyond(page), `${board} at ${width} × ${height}`).toEqual([]);
    }
    const room = (list) => list.getBoundingClientRect().bottom - list.firstElementChild.getBoundingClientRect().bottom;
    if (board === near) expect(await page.locator(".wall-table tbody").evaluate(room), "a row has room").toBeGreaterThanOrEqual(-1);
  }
  expect(found).toEqual([]);
});

test("from none to 200 queues nothing is cut without being said, and every queue has its turn", async ({ page }) => {
  for (const count of [0, 4, 200]) {
    const absurd = ["Q".repeat(300), "\u202eevil", "<img src=x onerror=alert(1)>", "大厅".repeat(60)];
    const lines = Array.from({ length: count }, (_, at) => `queue,${8000 + at},${absurd[at - 3] ?? `Queue ${at}`},,`);
    const ringside = await Ringside.start({ directory: ["kind,number,name,department,queue_id", ...lines].join("\n") });
    try {
      await openWall(page, ringside, count ? "company" : "company/9999");
      if (count === 0) await expect(page.locator(".wall-row[data-missing]")).toContainText("no such queue");
      if (count === 0) await expect(page.locator("[data-metric=waiting] .wall-figure__number")).toHaveText("–");
      for (const [width, height] of SCREENS.slice(2)) {
        await page.setViewportSize({ width, height });
        expect(await beyond(page), `${count} queues at ${width} × ${height}`).toEqual([]);
      }
      const place = page.locator(".wall-table .wall-place");
      if (count < 5) await expect(place).toBeHidden();
      else {
        // So many screenfuls of so many whole rows have room for all, and one fewer has not. It looks once a second.
        const turns = () =>
          page.locator(".wall-table").evaluate((table) => {
            const list = table.querySelector("tbody");
            const { left, right } = list.getBoundingClientRect();
            const is_in_sight = (row) => row.left >= left - 1 && row.right <= right + 1;
            const rows = [...list.children].filter((row) => is_in_sight(row.getBoundingClientRect())).length;
            const screenfuls = Number(table.querySelector(".wall-place").textContent.split("/")[1]);
            return [rows * screenfuls, rows * (screenfuls - 1)];
          });
        await expect.poll(async () => ((most, fewer) => most >= count && fewer < count)(...(await turns()))).toBe(true);
        await expect(place, "it turns by itself").toHaveText(/^2 \//, { timeout: 20_000 });
      }
    } finally {
      await ringside.remove();
    }
  }
});

test("a wall is stale within 10 s of the cut, and live within 2 s of its healing", async ({ page, ringside }) => {
  await ringside.post(busy());
  await openWall(page, ringside, "company");
  const banner = page.locator(".stale-banner");
  await expect(banner).toBeHidden();
  // Frozen, the server answers nothing, and nobody hangs up: like a cable that is pulled.
  ringside.process.kill("SIGSTOP");
  await expect(banner).toBeVisible({ timeout: 10_000 });
  await expect(page.locator(".wall")).toHaveCSS("filter", "grayscale(1)");
  expect(await violations(page), "a stale wall").toEqual([]);
  await sleep(1_500);
  ringside.process.kill("SIGCONT");
  await expect(banner).toBeHidden({ timeout: 2_000 });
  await ringside.kill();
  await expect(banner).toBeVisible({ timeout: 10_000 });
  await ringside.launch();
  await expect(banner).toBeHidden({ timeout: 2_000 });
});

test("alarms stay in sight while pages turn, and a calm moment lets a new build in", async ({ page, ringside }) => {
  await ringside.post(busy());
  await setTarget(ringside, 20);
  const board = await importBoard(ringside, {
    title: "Two", rotate_s: 5,
    pages: [{ tiles: [{ kind: "agent_states" }] }, { tiles: [{ kind: "waiting_list" }, { kind: "weather", town: "Kiel" }] }],
  });
  let server;
  await page.routeWebSocket(/feed/, (socket) => {
    server = socket;
    socket.connectToServer();
  });
  await openWall(page, ringside, board);
  const alarm = page.locator(".wall-alarm").first();
  for (const shown of ["needs a newer Ringside: weather", "Agents"]) {
    await expect(page.locator(".wall-page:visible")).toContainText(shown, { timeout: 12_000 });
    await expect(alarm).toContainText("Support");
  }
  await page.evaluate(() => (window.before = true));
  server.send(JSON.stringify({ t: "reload", build: "newer" }));
  await sleep(2_500);
  expect(await page.evaluate(() => window.before), "somebody waits too long: no moment to load again").toBe(true);
  await everybodyLeaves(ringside);
  await expect.poll(() => page.evaluate(() => window.before).catch(() => true), { timeout: 10_000 }).toBeUndefined();
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 10_000 });
  await expect(alarm).toBeHidden();
});

for (const theme of ["dark", "light"]) {
  test(`a ${theme} wall is accessible, and shows a pointer only while it moves`, async ({ page, ringside }) => {
    await ringside.post(busy());
    await setTarget(ringside, 20);
    const numbers = ["waiting", "longest"].map((metric) => ({ kind: "number", metric }));
    const panels = ["queue_table", "queue_cards", "agent_states", "waiting_list"].map((kind) => ({ kind }));
    const board = await importBoard(ringside, { title: "All", theme, pages: [{ tiles: [...numbers, ...panels] }] });
    await openWall(page, ringside, board);
    await expect(page.locator("tr[data-age=act]")).toContainText("Support");
    await expect(page.locator(".wall-caller").nth(1), "numbers are masked").toContainText("1555");
    await expect(page.locator(".wall-caller").nth(1)).not.toContainText("15550100");
    expect(await violations(page)).toEqual([]);
    const html = page.locator("html");
    await expect(html).toHaveCSS("cursor", "none");
    await page.mouse.move(100, 100);
    await expect(html).toHaveCSS("cursor", "auto");
    await expect(html).toHaveCSS("cursor", "none", { timeout: 5_000 });
  });
}

test("a changed board is loaded at once, and so is a removed one", async ({ page, ringside }) => {
  const id = await importBoard(ringside, { title: "Hall", pages: [{ tiles: [{ kind: "clock" }] }] });
  await openWall(page, ringside, id);
  const change = { id, pages: 1, title: "Entrance", theme: "dark", distance: 3, screen: 55, rotate: 20, p0t0: "clock" };
  await fetch(`${ringside.address}/settings/walls/board`, { method: "POST", body: new URLSearchParams(change), redirect: "manual" });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Entrance", { timeout: 10_000 });
});

test.describe("in a browser that can't run the program", () => {
  test("the wall says so, and loads itself again", async ({ page, ringside }) => {
    await page.addInitScript(() => delete window.WebAssembly);
    await ringside.post(busy());
    await page.goto(`${ringside.address}/wall/company`);
    await expect(page.locator(".wall-table")).toContainText("Support");
    await expect(page.locator(".wall-simple")).toContainText("Simple wall");
    expect(await beyond(page)).toEqual([]);
    await everybodyLeaves(ringside);
    await expect(page.locator("[data-metric=waiting] .wall-figure__number")).toHaveText("0", { timeout: 12_000 });
  });

  test.describe("nor any script", () => {
    test.use({ javaScriptEnabled: false });
    test("the same", async ({ page, ringside }) => {
      await ringside.post(busy());
      await page.goto(`${ringside.address}/wall/company`);
      await expect(page.locator("[data-metric=waiting] .wall-figure__number")).toHaveText(/^2/);
      await expect(page.locator(".wall-bottom .wall-note")).toContainText("Simple wall");
      // That a browser follows it is truth.spec.js' concern.
      const answer = await (await fetch(`${ringside.address}/wall/company`)).text();
      expect(answer).toContain('<noscript><meta http-equiv="refresh" content="8"></noscript>');
    });
  });
});
