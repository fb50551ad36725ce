// `npm start -- [folder] [--port N]`: serves the page and stores what it sends below the folder.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startDropServer } from "./drop-server.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: "string", default: "8022" }, "max-file-bytes": { type: "string" } },
});
const root = resolve(positionals[0] ?? "drop");
mkdirSync(root, { recursive: true });
const limit = values["max-file-bytes"];
const server = await startDropServer({
  root,
  port: Number(values.port),
  ...(limit === undefined ? {} : { maxFileBytes: Number(limit) }),
  onOutcome(command, outcome) {
    if (!outcome.handled) return console.log(`${JSON.stringify(command)}: no scp command`);
    const { files, bytes, failures } = outcome.summary;
    console.log(`${JSON.stringify(command)}: ${files} files, ${bytes} bytes, ${failures.length} failures`);
  },
});
console.log(`Open ${server.url}\nFiles are kept in ${root}\nCtrl-C ends it`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.close());
}
