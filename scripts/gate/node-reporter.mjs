// A node:test reporter that writes one JSON line per event the gate counts, as it happens, so that a process that dies
// or is killed leaves behind what it had found and which tests it had begun.
import { appendFileSync } from "node:fs";

/** The variable that names the file the lines go to. */
export const linesName = "SCPKIT_GATE_LINES";

/**
 * @typedef {object} TestLine
 * @property {"enqueue" | "start" | "pass" | "fail" | "figures" | "end"} event `end` comes last, when the runner ended by itself.
 * @property {string} name For `figures` what the test said with `t.diagnostic`.
 * @property {number} nesting
 * @property {number} [line]
 * @property {number} [column]
 * @property {string} [type] `"suite"` for a describe.
 * @property {string | boolean} [skip]
 * @property {string | boolean} [todo]
 * @property {string} [failureType]
 * @property {string} [detail]
 */

/**
 * @param {unknown} error
 * @returns {{ failureType?: string, detail?: string }}
 */
function describeFailure(error) {
  if (!(error instanceof Error)) return {};
  const failureType = "failureType" in error ? String(error.failureType) : "";
  const cause = error.cause ?? error;
  return { failureType, detail: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
}

/**
 * Yields nothing: the lines are written at once, not through a stream that process.exit would cut short.
 * @param {AsyncIterable<import("node:test/reporters").TestEvent>} source
 * @returns {AsyncGenerator<string, void>}
 */
export default async function* nodeReporter(source) {
  const lines = process.env[linesName];
  if (lines === undefined) return;
  /** @param {object} line */
  const write = (line) => appendFileSync(lines, `${JSON.stringify(line)}\n`);
  for await (const event of source) {
    if (event.type === "test:enqueue" || event.type === "test:start") {
      const { name, nesting, line, column } = event.data;
      write({ event: event.type.slice("test:".length), name, nesting, line, column });
    } else if (event.type === "test:diagnostic" && event.data.file !== undefined && event.data.nesting > 0) {
      // The runner's own summary has no nesting.
      write({ event: "figures", name: event.data.message, nesting: event.data.nesting });
    } else if (event.type === "test:pass" || event.type === "test:fail") {
      const { name, nesting, line, column, skip, todo, details } = event.data;
      const failure = event.type === "test:fail" ? describeFailure(event.data.details.error) : {};
      const kind = event.type.slice("test:".length);
      write({ event: kind, name, nesting, line, column, skip, todo, type: details.type, ...failure });
    }
  }
  write({ event: "end", name: "", nesting: 0 });
  yield "";
}
