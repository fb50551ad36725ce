// `npm run load`: installs and builds what is missing, then runs the load tests; see tests/load/README.md.
import { prepare } from "./lib/prepare.mjs";
import { runProgram } from "./lib/run.mjs";

await prepare();
await runProgram("tests/load/src/main.ts", process.argv.slice(2));
