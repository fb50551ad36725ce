import type { ScpTarget } from "@scpkit/sink";
import type { ScpEntries } from "@scpkit/source";
import { interceptOpen } from "../intercept/intercept-read.ts";
import { changeFile, wrapEntries } from "../intercept/wrap-entries.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";
import { ScpRefusalError } from "../refusal-error.ts";

/** Rejects files with an announced size of more than `maxBytes` bytes before they are opened. */
export function withMaxSize(target: ScpTarget, maxBytes: number): ScpTarget {
  return wrapTarget(target, {
    file(entry, context, open) {
      checkSize(entry.size, maxBytes);
      return open(entry, context);
    },
  });
}

/** Leaves out files of more than `maxBytes` bytes. Each one is reported to the client. */
export function withSourceMaxSize(entries: ScpEntries, maxBytes: number): ScpEntries {
  return wrapEntries(entries, (entry) => {
    if (entry.type === "directory") return entry;
    checkSize(entry.size, maxBytes);
    const open = (context: Parameters<typeof entry.open>[0]) =>
      interceptOpen(entry, context, ({ size }) => {
        checkSize(size, maxBytes);
        return {};
      });
    return changeFile(entry, { open });
  });
}

function checkSize(size: number, maxBytes: number): void {
  if (size > maxBytes) throw new ScpRefusalError("too-large", `File too large: more than ${maxBytes} bytes`);
}
