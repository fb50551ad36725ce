import type { ScpName } from "@scpkit/codec";
import type { ScpTarget } from "@scpkit/sink";
import type { ScpEntries } from "@scpkit/source";
import { storedName, wrapEntries } from "../intercept/wrap-entries.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";
import { ScpRefusalError } from "../refusal-error.ts";

/** Returns whether a name, one path component, is accepted. A regular expression is not anchored: write `^` and `$`. */
export type ScpNameTest = RegExp | ((name: string) => boolean);

/** Options of {@link withNamePattern} and {@link withSourceNamePattern}. */
export interface ScpNamePatternOptions {
  /** Which files are accepted. @default all */
  readonly files?: ScpNameTest | undefined;
  /** Which directories are accepted. @default all */
  readonly directories?: ScpNameTest | undefined;
  /**
   * Also accepts names that are not valid UTF-8; the tests then see U+FFFD for each invalid byte sequence.
   * @default false
   */
  readonly inexact?: boolean | undefined;
}

/** Rejects files and directories by the names under which they would be stored. */
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

/** Leaves out files and directories whose names in the storage are not accepted. Each one is reported to the client. */
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
    throw new ScpRefusalError("name", "This name is not allowed here");
  };
}

function toPredicate(test: ScpNameTest | undefined): (name: string) => boolean {
  if (test === undefined) return () => true;
  if (typeof test === "function") return test;
  // A global or sticky expression remembers where its last match ended.
  const stateless = new RegExp(test.source, test.flags.replace(/[gy]/g, ""));
  return (name) => stateless.test(name);
}
