// `npm run fuzz -- [target | differential] [seconds]`: installs and builds what is missing, then fuzzes; see tests/fuzz/README.md.
import { prepare } from "./lib/prepare.mjs";
import { runProgram } from "./lib/run.mjs";

await prepare();
await runProgram("tests/fuzz/src/main.ts", process.argv.slice(2));
