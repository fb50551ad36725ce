/**
 * Swaps names in a folder for symbolic links and back until it is killed: `directory` and `file` lead alternately to themselves
 * and out of the folder. Prints a line when it has begun. Run by {@link startChild}.
 */
import { renameSync } from "node:fs";

const { folder }: { readonly folder: string } = JSON.parse(process.argv.at(-1) ?? "");

/** @param name that is there; `name.evil` is a symbolic link that leads out */
function swap(name: string): void {
  renameSync(`${folder}/${name}`, `${folder}/${name}.kept`);
  renameSync(`${folder}/${name}.evil`, `${folder}/${name}`);
  renameSync(`${folder}/${name}`, `${folder}/${name}.evil`);
  renameSync(`${folder}/${name}.kept`, `${folder}/${name}`);
}

console.log("swapping");
for (;;) {
  for (const name of ["directory", "file"]) {
    try {
      swap(name);
    } catch {
      // A file that was just stored is in the way, or was taken away: the next turn goes on.
    }
  }
}
