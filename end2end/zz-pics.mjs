import { chromium } from "@playwright/test";
const [address, out, ...filter] = process.argv.slice(2);
const SIZES = [[1920, 1080], [3840, 2160], [1080, 1920], [1366, 768]];
const PAGES = { company: "/wall/company", queue: "/wall/queue/8001", queues: "/wall/queues/8001,8002,8003,8004", presence: "/wall/presence", agents: "/wall/agents" };
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const [w, h] of SIZES) {
  for (const [name, path] of Object.entries(PAGES)) {
    const id = `${name}-${w}x${h}`;
    if (filter.length && !filter.some((f) => id.includes(f))) continue;
    const page = await browser.newPage({ viewport: { width: w, height: h } });
    page.on("console", (m) => m.type() === "error" && console.log(id, m.text()));
    page.on("pageerror", (e) => console.log(id, String(e)));
    await page.goto(address + path);
    await page.locator("[data-lamp=server][data-state=live]").waitFor({ timeout: 20000 });
    await page.evaluate(() => document.fonts.ready);
    await page.waitForTimeout(1500);
    await page.screenshot({ path: `${out}/${id}.png` });
    const over = await page.evaluate(() => [...document.querySelectorAll(".wall *")].filter((e) => { const r = e.getBoundingClientRect(); return r.width && !e.closest("[hidden]") && !e.closest(".wall-turns,.wall-people,.wall-cards") && !e.closest(".visually-hidden") && (r.right > innerWidth + 1 || r.bottom > innerHeight + 1); }).map((e) => e.className || e.tagName));
    if (over.length) console.log(id, "overflows", over);
    await page.close();
  }
}
await browser.close();
