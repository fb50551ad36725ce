// `npm run demo`: installs and builds what is missing, then runs the demo itself.
import { prepare } from "./lib/prepare.mjs";
import { runProgram } from "./lib/run.mjs";

await prepare();
await runProgram("scripts/demo/run.ts", process.argv.slice(2));
