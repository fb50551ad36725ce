// `node scripts/prepare-and-run.mjs FILE [ARG ...]`: installs and builds what is missing, then runs a TypeScript program of
// this repository. It works in a fresh clone, where tsx is not installed yet.
import { prepare } from "./lib/prepare.mjs";
import { runProgram } from "./lib/run.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) throw new Error("Usage: node scripts/prepare-and-run.mjs FILE [ARG ...]");
await prepare();
await runProgram(file, args);
