import { toLatin1 } from "../input/bytes.ts";
import { escapeJson } from "../input/corpus.ts";
import type { SinkComparison } from "./compare-sink.ts";
import type { Snapshot, Tree } from "./snapshot.ts";

/** Paths at which two trees differ, with what is there. */
export function treeDifferences(theirs: Tree, ours: Tree): readonly TreeDifference[] {
  const paths = [...new Set([...theirs.keys(), ...ours.keys()])];
  return paths
    .map((path) => ({ path, theirs: theirs.get(path), ours: ours.get(path) }))
    .filter((difference) => !sameSnapshot(difference.theirs, difference.ours));
}

/** One path that is not the same on both sides; `undefined`: nothing is there. */
export interface TreeDifference {
  readonly path: string;
  readonly theirs: Snapshot | undefined;
  readonly ours: Snapshot | undefined;
}

function sameSnapshot(left: Snapshot | undefined, right: Snapshot | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Everything one needs to see why two outcomes differ. */
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
