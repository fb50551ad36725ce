// A node:test reporter that writes one JSON line per event the gate counts, as it happens, so that a runner that is
// killed leaves behind what it had found and which tests it had begun.

/**
 * @typedef {object} TestLine
 * @property {"enqueue" | "start" | "pass" | "fail"} event
 * @property {string} name
 * @property {number} nesting
 * @property {string} [file] Absolute path.
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
  const { failureType, exitCode, signal } =
    /** @type {{ failureType?: string, exitCode?: number, signal?: string }} */ (/** @type {unknown} */ (error));
  const cause = error.cause ?? error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  const ended = exitCode === undefined && signal === undefined ? "" : ` (exit status ${exitCode}, signal ${signal})`;
  return { ...(failureType === undefined ? {} : { failureType }), detail: text + ended };
}

/** @param {AsyncIterable<import("node:test/reporters").TestEvent>} source */
export default async function* nodeReporter(source) {
  for await (const event of source) {
    if (!["test:enqueue", "test:start", "test:pass", "test:fail"].includes(event.type)) continue;
    const data = /** @type {any} */ (event.data);
    const { name, nesting, file, line, column, skip, todo, details } = data;
    const failure = event.type === "test:fail" ? describeFailure(details?.error) : {};
    const kind = event.type.slice("test:".length);
    yield `${JSON.stringify({ event: kind, name, nesting, file, line, column, skip, todo, type: details?.type, ...failure })}\n`;
  }
}
