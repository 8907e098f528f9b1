import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { PROGRAMS, Ringside } from "./ringside.js";
const SIMULATOR = join(PROGRAMS, "pbx-sim");
const ringside = await Ringside.start({ directory: execFileSync(SIMULATOR, ["directory"], { encoding: "utf8" }) });
spawn(SIMULATOR, ["demo", "--config", ringside.config, "--server", ringside.address], { stdio: "ignore" });
console.log(ringside.address);
setInterval(() => {}, 1000);
