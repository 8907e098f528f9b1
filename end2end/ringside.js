// One real Ringside: the release binary with its own data folder and port, and webhooks posted to it with curl.
import { test as base, expect } from "@playwright/test";
import axe from "axe-core";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// `make test` builds programs of its own; whoever changes a page runs what `make build` left.
export const PROGRAMS = fileURLToPath(new URL(process.env.RINGSIDE_PROGRAMS ?? "../target/release/", import.meta.url));
const TOKEN = "end2endtoken0123456789";
const run = promisify(execFile);

export class Ringside {
  /**
   * Starts on a free port with an empty journal; `directory` is the text of a directory.csv, `timeZone` the tenant's. Below
   * `path`, `address` has it too.
   */
  static async start({ directory, timeZone = "UTC", environment = {}, path = "" } = {}) {
    const ringside = new Ringside();
    ringside.environment = environment;
    ringside.folder = await mkdtemp(join(tmpdir(), "ringside-"));
    ringside.port = await freePort();
    ringside.address = `http://127.0.0.1:${ringside.port}${path}`;
    ringside.config = join(ringside.folder, "ringside.toml");
    if (directory) await writeFile(join(ringside.folder, "directory.csv"), directory);
    await writeFile(ringside.config, configuration(ringside, timeZone, Boolean(directory), path));
    await ringside.launch();
    return ringside;
  }

  /** Starts on a free port in an empty folder without any configuration, as somebody does who has just downloaded it. */
  static async startEmpty(environment = {}) {
    const ringside = new Ringside();
    ringside.folder = await mkdtemp(join(tmpdir(), "ringside-"));
    ringside.port = await freePort();
    ringside.address = `http://127.0.0.1:${ringside.port}`;
    ringside.environment = environment;
    ringside.flags = ["--data", join(ringside.folder, "data"), "--listen", `127.0.0.1:${ringside.port}`];
    await ringside.launch();
    return ringside;
  }

  /** What `ringside setup-link` prints, beside the running server. */
  async setUpLink() {
    const { stdout } = await run(join(PROGRAMS, "ringside"), ["setup-link", ...this.flags]);
    return stdout.trim();
  }

  /** Starts the process, on what the journal holds, and waits until its boards are right. */
  async launch() {
    this.process = spawn(join(PROGRAMS, "ringside"), ["serve", ...(this.flags ?? ["--config", this.config])], {
      env: { ...process.env, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.log = "";
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.log += text));
    }
    for (let tries = 0; tries < 200; tries++) {
      if (this.process.exitCode !== null) throw new Error(`ringside ended at once:\n${this.log}`);
      const ready = await fetch(`${this.address}/readyz`).catch(() => null);
      if (ready?.ok) return;
      await sleep(50);
    }
    throw new Error(`ringside was not ready within 10 s:\n${this.log}`);
  }

  async end(signal) {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, "exit");
    this.process.kill(signal);
    await exit;
  }

  /** kill -9: no farewell, nothing flushed. */
  kill() {
    return this.end("SIGKILL");
  }

  async remove() {
    this.process.kill("SIGCONT");
    await this.end("SIGTERM");
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Posts one event as the PBX does, with curl; it must be acknowledged. */
  async post(event) {
    const { stdout } = await run("curl", [
      ...["--silent", "--show-error", "--output", "/dev/null", "--write-out", "%{http_code}"],
      ...["--header", `Authorization: Bearer ${TOKEN}`, "--header", "Content-Type: application/json"],
      ...["--data-binary", JSON.stringify(event), `${this.address}/hooks/end2end-both-kinds-0001`],
    ]);
    expect(stdout, "the webhook's answer").toBe("200");
  }
}

function configuration({ port, folder, address }, timeZone, directory, path) {
  return `
listen = "127.0.0.1:${port}"
${path ? `external_url = "${address}"` : ""}
access = "open"
data = "${folder}/data"

[[tenant]]
id = "acme"
name = "ACME"
time_zone = "${timeZone}"
${directory ? `directory = "${folder}/directory.csv"` : ""}

  [[tenant.endpoint]]
  id = "end2end-both-kinds-0001"
  events = "extension"
  auth = { method = "bearer", token = "${TOKEN}" }

  [[tenant.endpoint]]
  id = "end2end-cdr-events-0001"
  events = "cdr"
  auth = { method = "bearer", token = "${TOKEN}" }
`;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** A simulated PBX that was given these URLs and tokens, for as long as `during` runs. */
export async function withSimulator(ringside, boxes, during) {
  const config = join(ringside.folder, "pbx.toml");
  const endpoints = Object.entries(boxes).map(([events, { url, token }]) => `
  [[tenant.endpoint]]
  id = "${url.slice(`${ringside.address}/hooks/`.length)}"
  events = "${events}"
  auth = { method = "bearer", token = "${token}" }
`);
  await writeFile(config, `[[tenant]]\nid = "default"\n${endpoints.join("")}`);
  const flags = ["demo", "--config", config, "--server", ringside.address];
  const simulator = spawn(join(PROGRAMS, "pbx-sim"), flags, { stdio: "ignore" });
  try {
    await during();
  } finally {
    if (simulator.exitCode === null) {
      const exit = once(simulator, "exit");
      simulator.kill("SIGTERM");
      await exit;
    }
  }
}

/** A page's own complaints: console errors, exceptions, dialogs. */
export function complaints(page) {
  const found = [];
  page.on("console", (message) => message.type() === "error" && found.push(message.text()));
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("dialog", async (dialog) => {
    found.push(`a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  return found;
}

/** What axe objects to on the page as it is, in words; rules of `but` aside. */
export async function violations(page, { but = [] } = {}) {
  await page.evaluate(axe.source);
  return page.evaluate(async (but) => {
    const rules = Object.fromEntries(but.map((rule) => [rule, { enabled: false }]));
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"], rules });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
    );
  }, but);
}

/** The lamp that says whether the page is live to the server. */
export const serverLamp = (page) => page.locator("[data-lamp=server]");

/** Opens the overview and waits until it is live. */
export async function openLive(page, ringside) {
  await page.goto(ringside.address);
  // A busy machine may take its time over the wasm.
  await expect(serverLamp(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
}

/** Each test has a Ringside of its own. */
export const test = base.extend({
  ringside: async ({}, use) => {
    const ringside = await Ringside.start();
    await use(ringside);
    await ringside.remove();
  },
});

export { expect };
