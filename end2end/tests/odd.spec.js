// What nobody would send: words that no page has, moments that can't be, names that are no names.
import { callStart, extensionPresence, extensionStatus, queueStatus, stamp } from "../pbx.js";
import { complaints, expect, Ringside, serverLamp, test } from "../ringside.js";

const DAY = 86_400;
const PAGES = ["/", "/queues", "/queues/8001", "/agents", "/extensions", "/calls"];

async function open(page, ringside, path) {
  await page.goto(ringside.address + path);
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
}

const queue = (waiting, agents) => queueStatus({ waiting, agents });

test("words that are not known are shown as they came, or as unknown; nothing is blank", async ({ page, ringside }) => {
  const found = complaints(page);
  await ringside.post(extensionStatus("101", { call: "LEVITATING", presence: "MEDITATING" }));
  await ringside.post({ ...extensionPresence("102", ""), event_type: "extension_call", call_status: "HOVERING", presence: undefined });
  const agents = [["101", "TELEPORTING"], ["102", ""], ["103", "NEW STATE"]].map(([number, state]) => ({ number, state }));
  await ringside.post(queue([{ session: "900000000000000001" }], agents));
  await ringside.post({ ...callStart("900000000000000003", { name: "Sideways", to: "103" }), direction: "sideways" });
  await ringside.post({ ...callStart("900000000000000004", { from: "", to: "" }), caller: "", callee: "", did: "" });
  await ringside.post({ ...callStart("900000000000000003"), event_type: "cdr_target_vanished", destination: "sip:101@acme.test" });

  await open(page, ringside, "/extensions");
  await expect(page.locator(".person", { hasText: "101" })).toContainText("MEDITATING");
  await expect(page.locator(".person", { hasText: "102" })).toContainText("unknown");
  await open(page, ringside, "/calls");
  await expect(page.getByRole("row", { name: "Sideways" }).locator("[data-head=Direction]")).toHaveText("–");
  const nobody = page.getByRole("row", { name: "unknown" });
  for (const head of ["Number dialled", "Trunk"]) await expect(nobody.locator(`[data-head="${head}"]`)).toHaveText("–");
  await open(page, ringside, "/queues");
  await expect(page.getByRole("row", { name: "Support" })).toContainText("3 unknown");
  await open(page, ringside, "/wall/agents");
  await expect(page.locator(".wall")).toContainText("unknown");
  expect(found).toEqual([]);

  for (const path of ["/agents", "/queues/8001"]) {
    await open(page, ringside, path);
    await expect(page.getByRole("row", { name: "101" })).toContainText("TELEPORTING");
    for (const word of await page.locator(".agent-state__word").allTextContents()) expect(word.trim(), path).not.toBe("");
  }
});

test("what a newer server says and this page can't read is not passed over as live", async ({ page, ringside }) => {
  await ringside.post(extensionStatus("101", { at: stamp(60) }));
  await page.routeWebSocket(/feed/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((text) => socket.send(text.replaceAll(`"presence":"lunch"`, `"presence":"levitating"`)));
  });
  await open(page, ringside, "/");
  await ringside.post(extensionPresence("101", "LUNCH"));
  // It may load itself again, or say that it isn't live; but by the next beats what it shows as live is not wrong.
  const isWrong = async () => {
    const state = await serverLamp(page).getAttribute("data-state");
    return state === "live" && (await page.getByRole("region", { name: "Presence" }).textContent()).includes("available");
  };
  await expect.poll(() => isWrong().catch(() => true), { timeout: 15_000 }).toBe(false);
});

test("a beginning that is still to come has just been, and one of weeks ago is told in days", async ({ page, ringside }) => {
  const found = complaints(page);
  const waiting = [["1", "Future", -3_600], ["2", "Ancient", 40 * DAY]].map(([n, name, before]) => ({ session: `90000000000000000${n}`, name, at: stamp(before) }));
  await ringside.post(queue(waiting, [{ number: "101", state: "READY", at: stamp(-3_600) }, { number: "102", state: "NOT_READY", at: stamp(40 * DAY) }]));
  await ringside.post(callStart("900000000000000003", { name: "Future", at: stamp(-DAY) }));
  await ringside.post(callStart("900000000000000004", { name: "Ancient", at: stamp(40 * DAY) }));
  await ringside.post({ ...callStart("900000000000000005", { name: "Never" }), time: "-5" });
  await ringside.post({ ...callStart("900000000000000006", { name: "Beyond" }), time: "99999999999999" });
  const soon = /^\d:\d\d$/;
  await open(page, ringside, "/calls");
  for (const [name, text] of [["Future", soon], ["Ancient", "40\u202fd"], ["Never", soon], ["Beyond", soon]]) {
    await expect(page.getByRole("row", { name }).locator(".elapsed"), name).toHaveText(text);
  }
  await open(page, ringside, "/queues/8001");
  const callers = page.getByRole("region", { name: "Waiting callers" });
  await expect(callers.getByRole("row", { name: "Future" }).locator(".elapsed")).toHaveText(soon);
  await expect(callers.getByRole("row", { name: "Ancient" }).locator(".elapsed")).toHaveText("40\u202fd");
  for (const width of [1366, 390]) {
    await page.setViewportSize({ width, height: 844 });
    for (const path of PAGES) {
      await open(page, ringside, path);
      expect(await page.locator("main").textContent(), path).not.toMatch(/-\d|NaN|Infinity/);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${path} at ${width} px`).toBe(0);
    }
  }
  expect(found).toEqual([]);
});

test("a room reads days too, where a desk does", async ({ page, ringside }) => {
  await ringside.post(queue([{ session: "900000000000000001", at: stamp(40 * DAY) }], [{ number: "102", state: "NOT_READY", at: stamp(40 * DAY) }]));
  await open(page, ringside, "/wall/queue/8001");
  await expect(page.locator("[data-metric=longest] .wall-figure__number")).toHaveText(/^40\s?d/);
  await expect(page.locator(".wall")).not.toContainText("960:00");
});

const NAMES = {
  "10 kB of one word": "W".repeat(10_000),
  "10 kB of words": "Wordy ".repeat(1_700),
  "a name that turns letters around": "\u202eevil \u2066\u2067\u202dmore",
  "Arabic": "\u0645\u0631\u0643\u0632 \u0627\u0644\u062e\u062f\u0645\u0629 42",
  "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪".repeat(60),
  "marks on marks": `Z${"\u0335\u0321\u034f\u0489".repeat(400)}a`,
  "line ends and tabs": "one\r\ntwo\n\n\n\tthree\u2028four\u0000\u0007",
};

for (const [what, name] of Object.entries(NAMES)) {
  for (const [width, height] of [[1366, 768], [390, 844]]) {
    test(`${what}: as a name it takes no more room than another, and turns no number around, ${width} px wide`, async ({ page }) => {
      const found = complaints(page);
      const quoted = `"${name.replaceAll(/[\r\n\0]/g, " ")}"`;
      const ringside = await Ringside.start({ directory: `kind,number,name,department,queue_id\nextension,101,${quoted},${quoted},` });
      try {
        await ringside.post(extensionStatus("101", { at: stamp(60) }));
        await ringside.post({ ...queue([{ session: "900000000000000001", name, at: stamp(200) }], [{ number: "101", state: "READY" }]), queue_name: name });
        await ringside.post(callStart("900000000000000003", { name, to: "101" }));
        await page.setViewportSize({ width, height });
        for (const path of PAGES) {
          await open(page, ringside, path);
          expect(await disorder(page), `${path} at ${width} px`).toEqual([]);
        }
        expect(found).toEqual([]);
      } finally {
        await ringside.remove();
      }
    });
  }
}

/** Rows higher than half of the screen, numbers that read backwards, and whether the page scrolls to the side. */
function disorder(page) {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls to the side"] : [];
    for (const row of document.querySelectorAll("main :is(tr, li, h1, h2, .strip__figure)")) {
      if (row.getBoundingClientRect().height > innerHeight / 2) found.push(`high: ${row.className} ${row.getBoundingClientRect().height}`);
    }
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { data, parentElement } = walker.currentNode;
      if (!/^[\d:]{2,}$/.test(data) || !parentElement.checkVisibility()) continue;
      const letter = (at) => {
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + 1);
        return range.getBoundingClientRect();
      };
      // On a phone some are not drawn.
      if (letter(0).width > 0 && letter(0).left >= letter(data.length - 1).left) found.push(`backwards: ${data}`);
    }
    return found;
  });
}
