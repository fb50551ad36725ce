// Sweeps every session and prints one line of JSON for each. A process of its own: it is twice as fast outside node:test, dies of an
// unhandled rejection, and ends by itself only when no timer and no handle is left.
import { recordedSessions } from "./recorded.ts";
import { faultSessions } from "./sessions.ts";
import { sweep } from "./sweep.ts";

const recorded = process.argv.includes("--recorded") ? await recordedSessions() : [];
for (const session of [...faultSessions(), ...recorded]) {
  const { tried, problems, errors } = await sweep(session, ["lost", "ended", "silent", "changed"]);
  const line = { name: session.name, tried: Object.fromEntries(tried), problems, errors: Object.fromEntries(errors) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
