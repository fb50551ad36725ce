import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { someChunks } from "../input/chunkings.ts";
import type { Session } from "./generate-session.ts";
import { runOurScp, runRealScp, type ScpOutcome, type ScpRun } from "./run-scp.ts";
import { type Tree, takeSnapshot } from "./snapshot.ts";

/** The results of one session on both sides. */
export interface SinkComparison {
  readonly session: Session;
  readonly theirs: ScpOutcome & { readonly tree: Tree };
  readonly ours: ScpOutcome & { readonly tree: Tree };
}

/**
 * Sends the same bytes to `scp -t` and to scpkit, each in its own folder with the same contents.
 *
 * @param folder must not exist; is removed
 */
export async function compareSinks(session: Session, folder: string): Promise<SinkComparison> {
  const startMs = Date.now();
  // Deep enough that a name with `..` components stays in `folder`.
  const [theirRoot, ourRoot] = ["theirs", "ours"].map((name) => prepare(join(folder, name, "1", "2", "3", "4")));
  if (theirRoot === undefined || ourRoot === undefined) throw new Error("Two folders were to be made");
  const runIn = (root: string): ScpRun => ({
    role: "sink",
    paths: [join(root, session.destination)],
    recursive: session.recursive,
    preserve: session.preserve,
    targetIsDirectory: session.targetIsDirectory,
  });
  try {
    const [theirs, ours] = await Promise.all([
      runRealScp(runIn(theirRoot), session.bytes),
      runOurScp(runIn(ourRoot), someChunks(session.bytes)),
    ]);
    return {
      session,
      theirs: { ...theirs, tree: takeSnapshot(join(folder, "theirs"), startMs) },
      ours: { ...ours, tree: takeSnapshot(join(folder, "ours"), startMs) },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepare(root: string): string {
  mkdirSync(join(root, "here", "here"), { recursive: true });
  writeFileSync(join(root, "file"), "old contents, longer than most new ones");
  writeFileSync(join(root, "here", "file"), "old contents");
  chmodSync(join(root, "file"), 0o640);
  chmodSync(join(root, "here", "file"), 0o400);
  for (const name of ["file", "here/file", "here/here", "here"]) utimesSync(join(root, name), 1_000_000, 1_000_000);
  return root;
}
