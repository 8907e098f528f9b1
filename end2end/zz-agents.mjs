import { chromium } from "@playwright/test";
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PROGRAMS, Ringside, serverLamp } from "./ringside.js";
const path = process.argv[2] ?? "/agents";
const SIM = join(PROGRAMS, "pbx-sim");
const C = ["--large", "5000,100"];
const r = await Ringside.start({ directory: execFileSync(SIM, ["directory", ...C], { encoding: "utf8", maxBuffer: 2 ** 26 }) });
const sim = spawn(SIM, ["load", ...C, "--config", r.config, "--server", r.address, "--rate", "200", "--seconds", "3600"], { stdio: "ignore" });
await sleep(15000);
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await b.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.goto(r.address + path);
  await serverLamp(page).and(page.locator("[data-state=live]")).waitFor({ timeout: 60000 });
  await sleep(8000);
  const s = await page.context().newCDPSession(page);
  await s.send("Performance.enable");
  const m = async () => Object.fromEntries((await s.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
  const events = [];
  s.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const a = await m();
  await s.send("Tracing.start", { categories: "devtools.timeline,disabled-by-default-devtools.timeline,blink", transferMode: "ReportEvents" });
  await sleep(6000);
  await s.send("Tracing.end");
  const z = await m();
  await sleep(3000);
  const d = (k) => +(z[k] - a[k]).toFixed(3);
  console.log({ t: d("Timestamp"), task: d("TaskDuration"), thread: d("ThreadTime"), script: d("ScriptDuration"), layout: d("LayoutDuration"), style: d("RecalcStyleDuration"), layouts: d("LayoutCount"), styles: d("RecalcStyleCount"), nodes: z.Nodes, listeners: z.JSEventListeners });
  const by = {};
  for (const e of events) if (e.ph === "X" && e.dur) { const x = (by[e.name] ??= { n: 0, ms: 0, cpu: 0 }); x.n++; x.ms += e.dur / 1000; x.cpu += (e.tdur ?? 0) / 1000; }
  console.table(Object.fromEntries(Object.entries(by).sort((p, q) => q[1].ms - p[1].ms).slice(0, 22)));
  const lay = events.filter((e) => e.name === "Layout" && (e.args?.beginData)).slice(0, 8).map((e) => JSON.stringify({ dur: e.dur, ...e.args.beginData, stackTrace: undefined }));
  console.log(lay.join("\n"));
  console.log(await page.evaluate(() => ({ rows: document.querySelectorAll("[data-row]").length, li: document.querySelectorAll(".agent-states li").length, h: document.documentElement.scrollHeight })));
} finally { await b.close(); sim.kill("SIGTERM"); await sleep(500); await r.remove(); process.exit(0); }
