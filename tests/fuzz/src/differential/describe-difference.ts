import { toLatin1 } from "../input/bytes.ts";
import { escapeJson } from "../input/corpus.ts";
import type { SinkComparison } from "./compare-sink.ts";
import type { Snapshot, Tree } from "./snapshot.ts";

/** Returns the paths at which two trees differ, with their contents. */
export function treeDifferences(theirs: Tree, ours: Tree): readonly TreeDifference[] {
  const paths = [...new Set([...theirs.keys(), ...ours.keys()])];
  return paths
    .map((path) => ({ path, theirs: theirs.get(path), ours: ours.get(path) }))
    .filter((difference) => !sameSnapshot(difference.theirs, difference.ours));
}

/** One path that differs between both sides; `undefined` if there is no entry. */
export interface TreeDifference {
  readonly path: string;
  readonly theirs: Snapshot | undefined;
  readonly ours: Snapshot | undefined;
}

function sameSnapshot(left: Snapshot | undefined, right: Snapshot | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Describes a comparison with everything that is needed to find out why two outcomes differ. */
export function describeComparison({ session, theirs, ours }: SinkComparison): string {
  const { bytes, ...options } = session;
  const lines = treeDifferences(theirs.tree, ours.tree).map(
    ({ path, theirs: left, ours: right }) =>
      `  ${escapeJson(path)}: theirs ${JSON.stringify(left)}, ours ${JSON.stringify(right)}`,
  );
  return [
    `${JSON.stringify(options)} ${escapeJson(toLatin1(bytes))}`,
    `  theirs ${theirs.exitCode} ${escapeJson(toLatin1(theirs.output))}`,
    `  ours   ${ours.exitCode} ${escapeJson(toLatin1(ours.output))} ${String(ours.error)}`,
    ...lines,
  ].join("\n");
}
