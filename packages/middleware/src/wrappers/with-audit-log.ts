import type { ScpName } from "@scpkit/codec";
import type { ScpTarget } from "@scpkit/sink";
import type { ScpEntries, ScpFileEntry } from "@scpkit/source";
import { interceptBody } from "../intercept/intercept-body.ts";
import { interceptOpen } from "../intercept/intercept-read.ts";
import { changeFile, storedName, wrapEntries } from "../intercept/wrap-entries.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";
import { toHex } from "../to-hex.ts";

/** Options of {@link withAuditLog} and {@link withSourceAuditLog}. */
export interface ScpAuditOptions {
  /** Writes one line of JSON, which has no newline. If it throws before a file is opened, that file is rejected. */
  readonly write: (line: string) => void;
  /** Fields added to every line, for example the user and the id of the request. */
  readonly fields?: Readonly<Record<string, string | number | boolean | null>> | undefined;
}

/**
 * Writes one line per event: `offered` before a file or directory is opened, then `refused`, or `stored` or
 * `rolled-back` at the end of a file.
 *
 * A line is an object with `time` (ISO 8601), `event`, `direction`, `type`, `path` (from the root of the storage),
 * `mode` (octal), `size`, the options' fields, and, if they apply, `nameHex` (a name that is not valid UTF-8),
 * `durationMs`, `error` (`name`, `code`, `message`). Characters that could affect a terminal are escaped in JSON
 * notation.
 */
export function withAuditLog(target: ScpTarget, options: ScpAuditOptions): ScpTarget {
  return wrapTarget(target, {
    async file(entry, context, open) {
      const { type, name, mode, size } = entry;
      const log = entryLog(options, { direction: "upload", type, path: context.path, name, mode, size });
      log("offered");
      let inner: WritableStream<Uint8Array>;
      try {
        inner = await open(entry, context);
      } catch (error) {
        log("refused", error);
        throw error;
      }
      return interceptBody(inner, context.signal, {
        committed: () => log("stored"),
        rolledBack: (reason) => log("rolled-back", reason),
      });
    },
    beforeDirectory({ type, name, mode, size }, { path }) {
      entryLog(options, { direction: "upload", type, path, name, mode, size })("offered");
    },
  });
}

/**
 * Does the same as {@link withAuditLog} for a download: logs `offered`, then `refused`, or `sent` or `broken` at the
 * end of a body.
 */
export function withSourceAuditLog(entries: ScpEntries, options: ScpAuditOptions): ScpEntries {
  return wrapEntries(entries, (entry) => {
    const { type, path, mode } = entry;
    const name = storedName(entry);
    const size = entry.type === "file" ? entry.size : 0;
    const log = entryLog(options, { direction: "download", type, path, name, mode, size });
    log("offered");
    if (entry.type === "directory") return entry;
    const open: ScpFileEntry["open"] = async (context) => {
      try {
        return await interceptOpen(entry, context, () => ({
          whole: () => log("sent"),
          broken: (reason) => log("broken", reason),
        }));
      } catch (error) {
        log("refused", error);
        throw error;
      }
    };
    return changeFile(entry, { open });
  });
}

interface AuditedEntry {
  readonly direction: "upload" | "download";
  readonly type: "file" | "directory";
  readonly path: string;
  readonly name: ScpName;
  readonly mode: number;
  readonly size: number;
}

function entryLog(options: ScpAuditOptions, entry: AuditedEntry): (event: string, error?: unknown) => void {
  const startMs = performance.now();
  const { direction, type, path, name, size } = entry;
  const mode = entry.mode.toString(8).padStart(4, "0");
  const nameHex = name.exact ? undefined : toHex(name.bytes);
  return (event, error) => {
    const time = new Date().toISOString();
    const durationMs = event === "offered" ? undefined : Math.round(performance.now() - startMs);
    const failure = error === undefined ? undefined : describe(error);
    const line = { time, event, direction, type, path, nameHex, mode, size, durationMs, error: failure };
    options.write(toLine({ ...line, ...options.fields }));
  };
}

/**
 * Characters that JSON does not escape but terminals act on: DEL, C1, bidirectional controls, zero-width characters,
 * separators.
 */
const unsafe = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

function toLine(value: object): string {
  return JSON.stringify(value).replace(unsafe, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function describe(error: unknown): { readonly name: string; readonly code?: unknown; readonly message: string } {
  if (!(error instanceof Error)) return { name: "unknown", message: String(error) };
  const { name, message } = error;
  return "code" in error ? { name, code: error.code, message } : { name, message };
}
