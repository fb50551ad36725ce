// `npm run repository`: writes the address of the repository from the root package.json into every file that contains it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { outdatedFiles } from "./lib/repository.mjs";
import { root } from "./lib/run.mjs";

for (const [file, text] of outdatedFiles()) {
  writeFileSync(join(root, file), text);
  console.log(file);
}
