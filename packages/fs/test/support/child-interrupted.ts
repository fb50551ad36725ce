/** Stores half of a file over an existing one, says so, and waits to be killed. Run by {@link startChild}. */
import { createFsTarget } from "../../src/index.ts";
import { openWriter } from "./transfer.ts";

const { path }: { readonly path: string } = JSON.parse(process.argv.at(-1) ?? "");

const writer = await openWriter(await createFsTarget(path), "file", { size: 2_000_000 });
for (let written = 0; written < 1_000_000; written += 100_000) await writer.write(new Uint8Array(100_000));
process.stdout.write("half\n");
setInterval(() => {}, 1000);
