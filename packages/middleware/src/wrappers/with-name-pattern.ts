import type { ScpName } from "@scpkit/codec";
import type { ScpTarget } from "@scpkit/sink";
import type { ScpEntries } from "@scpkit/source";
import { storedName, wrapEntries } from "../intercept/wrap-entries.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";
import { ScpRefusalError } from "../refusal-error.ts";

/** Whether a name, one path component, is taken. A regular expression is not anchored: write `^` and `$`. */
export type ScpNameTest = RegExp | ((name: string) => boolean);

/** Options of {@link withNamePattern} and {@link withSourceNamePattern}. */
export interface ScpNamePatternOptions {
  /** Which files are taken. @default all */
  readonly files?: ScpNameTest | undefined;
  /** Which directories are taken. @default all */
  readonly directories?: ScpNameTest | undefined;
  /** Also takes names that are no valid UTF-8; the tests then see U+FFFD for what is not. @default false */
  readonly inexact?: boolean | undefined;
}

/** Refuses files and directories by the names that they would be stored under. */
export function withNamePattern(target: ScpTarget, options: ScpNamePatternOptions): ScpTarget {
  const check = nameCheck(options);
  return wrapTarget(target, {
    file(entry, context, open) {
      check(entry.type, entry.name);
      return open(entry, context);
    },
    beforeDirectory: ({ type, name }) => check(type, name),
  });
}

/** Does not send files and directories whose names in the storage are not taken; they are reported to the client. */
export function withSourceNamePattern(entries: ScpEntries, options: ScpNamePatternOptions): ScpEntries {
  const check = nameCheck(options);
  return wrapEntries(entries, (entry) => {
    check(entry.type, storedName(entry));
    return entry;
  });
}

function nameCheck(options: ScpNamePatternOptions): (type: "file" | "directory", name: ScpName) => void {
  const tests = { file: toPredicate(options.files), directory: toPredicate(options.directories) };
  return (type, { text, exact }) => {
    if ((exact || options.inexact === true) && tests[type](text)) return;
    throw new ScpRefusalError("name", "This name is not taken here");
  };
}

function toPredicate(test: ScpNameTest | undefined): (name: string) => boolean {
  if (test === undefined) return () => true;
  if (typeof test === "function") return test;
  // A global or sticky expression would remember where its last match ended.
  const stateless = new RegExp(test.source, test.flags.replace(/[gy]/g, ""));
  return (name) => stateless.test(name);
}
