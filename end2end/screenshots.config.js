// `make screenshots`: pictures of the running demo for people to look at, never compared by pixel.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.js";

export default defineConfig({ ...tests, testDir: "pictures", workers: 1, timeout: 360_000 });
