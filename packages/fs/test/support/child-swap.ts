/**
 * Swaps names in a folder for symbolic links and back until it is killed: `directory` and `file` lead alternately to themselves
 * and out of the folder. Prints a line when it has begun. Run by {@link startChild}.
 */
import { renameSync, symlinkSync, writeFileSync } from "node:fs";

const { folder }: { readonly folder: string } = JSON.parse(process.argv.at(-1) ?? "");

function swapFile(): void {
  symlinkSync("../outside/file", `${folder}/link`);
  renameSync(`${folder}/link`, `${folder}/file`);
  writeFileSync(`${folder}/plain`, "inside");
  renameSync(`${folder}/plain`, `${folder}/file`);
}

/** A directory cannot be replaced in one step: for a moment the name is not there. */
function swapDirectory(): void {
  renameSync(`${folder}/directory`, `${folder}/kept`);
  symlinkSync("../outside", `${folder}/directory`);
  renameSync(`${folder}/directory`, `${folder}/link`);
  renameSync(`${folder}/kept`, `${folder}/directory`);
  renameSync(`${folder}/link`, `${folder}/trash`);
}

process.stdout.write("swapping\n");
for (;;) {
  for (const swap of [swapFile, swapDirectory]) {
    try {
      swap();
    } catch {
      // The one under test made the directory meanwhile: the next turn goes on with it.
    }
  }
}
