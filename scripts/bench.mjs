// `npm run bench`: installs and builds what is missing, then runs the benchmarks.
import { prepare } from "./lib/prepare.mjs";
import { runProgram } from "./lib/run.mjs";

await prepare();
await runProgram("bench/src/main.ts", process.argv.slice(2));
