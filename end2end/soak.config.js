// `make soak`: a wall's day. Its figures are printed, and must be flat.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.js";

export default defineConfig({ ...tests, testDir: "soak", workers: 1, timeout: 3_600_000, reporter: "dot" });
