// The browser tests: Debian's Chromium against the release binary. `make test` builds both and runs them.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  // A page may take 10 s to say that it is not live, and some tests wait for that twice.
  timeout: 60_000,
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  reporter: "list",
  use: {
    launchOptions: { executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] },
    viewport: { width: 1366, height: 768 },
    trace: "retain-on-failure",
  },
});
