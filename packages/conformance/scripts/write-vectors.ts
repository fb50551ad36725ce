import { writeFile } from "node:fs/promises";
import { vectorFiles } from "./vector-files.ts";

for (const [name, text] of vectorFiles()) await writeFile(new URL(`../vectors/${name}`, import.meta.url), text);
