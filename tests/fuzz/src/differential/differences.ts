import { ScpPeerError, ScpProtocolError } from "@scpkit/codec";
import { toLatin1 } from "../input/bytes.ts";
import type { SinkComparison } from "./compare-sink.ts";
import { type TreeDifference, treeDifferences } from "./describe-difference.ts";

/** An intended difference between scpkit's sink and OpenSSH's. */
export interface KnownDifference {
  readonly name: string;
  readonly reason: string;
  /** Returns whether it explains this path. If absent, it only concerns the exit status. */
  readonly explainsPath?: ((difference: TreeDifference, comparison: SinkComparison) => boolean) | undefined;
  /** Returns whether it explains why scpkit failed and OpenSSH did not. If absent, it only concerns the tree. */
  readonly explainsFailure?: ((comparison: SinkComparison) => boolean) | undefined;
}

const codeOf = ({ ours }: SinkComparison): string | undefined =>
  ours.error instanceof ScpProtocolError || ours.error instanceof ScpPeerError ? ours.error.code : undefined;

/** Returns whether scpkit ended the transfer early: the peer broke the protocol, closed too early or gave up. */
const brokeOff = (comparison: SinkComparison): boolean => codeOf(comparison) !== undefined;

/** All known differences. Any other difference fails the test. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    name: "unfinished-file",
    reason:
      "A file whose body does not arrive whole, or that the source calls damaged, is rolled back: what was there stays. OpenSSH has already written over it",
    explainsPath: ({ path, theirs, ours }, comparison) => {
      if (
        theirs?.type !== "file" ||
        !(brokeOff(comparison) || damagedFiles(comparison).some((own) => path.endsWith(own)))
      )
        return false;
      const kept =
        ours === undefined || ours.content.startsWith("old contents") || earlierVersion(comparison, ours.content);
      return kept && (theirs.content === "" || theirs.content !== ours?.content);
    },
  },
  {
    name: "after-a-damaged-file",
    reason:
      "Where a damaged file was rolled back its name is free, so that a later directory of that name is made. OpenSSH has kept the file and refuses it",
    explainsPath: ({ path }, comparison) => damagedFiles(comparison).some((own) => `${path}/`.includes(`/${own}/`)),
  },
  {
    name: "times-of-a-refused-entry",
    reason:
      "Times belong to the one entry behind them. OpenSSH keeps those of a refused or failed entry and gives them to the next file of the directory",
    explainsPath: ({ theirs, ours }, comparison) =>
      theirs !== undefined &&
      ours !== undefined &&
      sameBut(["mtime", "atime"], theirs, ours) &&
      ours.mtime === "now" &&
      comparison.theirs.output.includes(1),
  },
  {
    name: "unconfirmed-file",
    reason:
      "A file whose source closes in place of its status gets its times and its mode. OpenSSH ends before it sets them",
    explainsPath: ({ path, theirs, ours }, { session, ours: { unconfirmed } }) =>
      theirs !== undefined &&
      ours !== undefined &&
      sameBut(["mode", "mtime", "atime"], theirs, ours) &&
      unconfirmed !== undefined &&
      (path.endsWith(nameOnDisk(unconfirmed)) ||
        (session.destination !== "here" && path.endsWith(session.destination))),
  },
  {
    name: "times-out-of-range",
    reason:
      "Seconds that are no safe integer of milliseconds are acknowledged and not applied. OpenSSH hands them to the file system, which cuts them",
    explainsPath: ({ theirs, ours }, { session }) =>
      theirs !== undefined &&
      ours !== undefined &&
      sameBut(["mtime", "atime"], theirs, ours) &&
      ours.mtime === "now" &&
      /T\d*\d{13}|T\d+ \S+ \d{13}/.test(toLatin1(session.bytes)),
  },
  {
    name: "replaced-not-rewritten",
    reason:
      "A file is replaced by a rename and not written over: the directory has changed, and nobody has read the new file yet",
    explainsPath: ({ theirs, ours }) =>
      theirs !== undefined &&
      ours !== undefined &&
      sameBut(theirs.type === "file" ? ["atime"] : ["mtime", "atime"], theirs, ours) &&
      (ours.type === "file" ? ours.atime === "now" : ours.mtime === "now"),
  },
  {
    name: "directory-left-open",
    reason:
      "A directory that a broken transfer left open gets the mode that was sent, and no times. OpenSSH leaves it open to its owner, or has changed its mode at once",
    explainsPath: ({ theirs, ours }, comparison) =>
      brokeOff(comparison) &&
      theirs?.type === "directory" &&
      ours?.type === "directory" &&
      sameBut(["mode", "mtime", "atime"], theirs, ours),
  },
  {
    name: "end-inside-directory",
    reason:
      "The end of the input inside a directory is a cut connection. OpenSSH takes it for the end of every open directory",
    explainsFailure: ({ ours }) => ours.error instanceof ScpProtocolError && /with .+ open$/.test(ours.error.message),
  },
  {
    name: "nul-in-name",
    reason: "A name with a NUL is refused and ends the transfer. OpenSSH cuts it there",
    explainsPath: (_, comparison) => hasNul(comparison),
    explainsFailure: hasNul,
  },
];

/** Returns the known differences that explain a comparison, and whether an unexplained one remains. */
export function explain(comparison: SinkComparison): { readonly known: readonly string[]; readonly unknown: boolean } {
  const known = new Set<string>();
  let unknown = false;
  for (const difference of treeDifferences(comparison.theirs.tree, comparison.ours.tree)) {
    const rule = knownDifferences.find(({ explainsPath }) => explainsPath?.(difference, comparison) === true);
    if (rule === undefined) unknown = true;
    else known.add(rule.name);
  }
  if (comparison.theirs.exitCode !== comparison.ours.exitCode) {
    const failsMore = comparison.theirs.exitCode === 0 && comparison.ours.exitCode === 1;
    const rule = knownDifferences.find(({ explainsFailure }) => failsMore && explainsFailure?.(comparison) === true);
    if (rule === undefined) unknown = true;
    else known.add(rule.name);
  }
  return { known: [...known], unknown };
}

/** Returns the names of the files that the source itself reported as damaged. */
function damagedFiles({ session, ours }: SinkComparison): string[] {
  const names = (ours.damaged ?? []).map(nameOnDisk);
  // A file that is not stored in a directory is stored as the destination, whatever its name.
  return names.length > 0 && session.destination !== "here" ? [...names, session.destination] : names;
}

/** The text of a name whose bytes are not UTF-8 does not name the file; there is one such name. */
function nameOnDisk(path: string): string {
  return path.replaceAll("\u{FFFD}\u{FFFD}", "\xe9\xff");
}

/** Returns whether the content was sent earlier, in the file that the unfinished one would have replaced. */
function earlierVersion({ session }: SinkComparison, content: string): boolean {
  return toLatin1(session.bytes).includes(content);
}

function hasNul({ ours }: SinkComparison): boolean {
  return ours.error instanceof ScpProtocolError && ours.error.code === "bad-name" && /NUL/.test(ours.error.message);
}

function sameBut<T extends object>(properties: readonly (keyof T)[], left: T, right: T): boolean {
  const rest = (value: T): string =>
    JSON.stringify({ ...value, ...Object.fromEntries(properties.map((name) => [name, 0])) });
  return rest(left) === rest(right);
}
