// `make bench`: what the pages cost a browser. Printed beside targets, never a test's verdict.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.js";

export default defineConfig({ ...tests, testDir: "figures", workers: 1, timeout: 900_000, reporter: "dot" });
