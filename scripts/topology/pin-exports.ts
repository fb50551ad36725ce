// `npm run exports:pin`: writes down what the packages export now; the topology test compares with it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "../lib/run.mjs";
import { pinFile, readFaces } from "./public-names.ts";

writeFileSync(join(root, pinFile), `${JSON.stringify(await readFaces(), null, 2)}\n`);
await run("npx", ["biome", "format", "--write", pinFile]);
