import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toLatin1 } from "../input/bytes.ts";
import { escapeJson } from "../input/corpus.ts";
import { Random } from "../input/random.ts";
import { compareSinks } from "./compare-sink.ts";
import { comparableOutput, compareSources, generateReplies, makeTree } from "./compare-source.ts";
import { describeComparison } from "./describe-difference.ts";
import { explain } from "./differences.ts";
import { explainSources } from "./explain-source.ts";
import { generateSession } from "./generate-session.ts";

/** The result of running sessions on both sides. */
export interface DifferentialReport {
  readonly sessions: number;
  readonly durationMs: number;
  /** Sessions that differed in a known way, by its name. */
  readonly known: Readonly<Record<string, number>>;
  /** Descriptions of unknown differences. */
  readonly unknown: readonly string[];
}

/** The limits of a run. */
export interface DifferentialOptions {
  readonly seed: number;
  readonly sessions?: number | undefined;
  readonly limitMs?: number | undefined;
}

/** Sends generated sessions to `scp -t` and to scpkit. */
export function runSinks(options: DifferentialOptions): Promise<DifferentialReport> {
  return runSessions(options, async (random, folder) => {
    const comparison = await compareSinks(generateSession(random), join(folder, "sinks"));
    const { known, unknown } = explain(comparison);
    return { known, unknown: unknown ? describeComparison(comparison) : undefined };
  });
}

/** Sends generated replies to `scp -f` and to scpkit. */
export function runSources(options: DifferentialOptions): Promise<DifferentialReport> {
  return runSessions(
    options,
    async (random, folder) => {
      const comparison = await compareSources(generateReplies(random, join(folder, "tree")));
      const known = await explainSources(comparison);
      if (known !== undefined) return { known, unknown: undefined };
      const { session, theirs, ours } = comparison;
      const lines = [
        `${JSON.stringify(session.run)} ${escapeJson(toLatin1(session.bytes))}`,
        `  theirs ${theirs.exitCode} ${escapeJson(comparableOutput(theirs.output))}`,
        `  ours   ${ours.exitCode} ${escapeJson(comparableOutput(ours.output))} ${String(ours.error)}`,
      ];
      return { known: [], unknown: lines.join("\n") };
    },
    (folder) => makeTree(join(folder, "tree")),
  );
}

async function runSessions(
  { seed, sessions = Number.POSITIVE_INFINITY, limitMs = Number.POSITIVE_INFINITY }: DifferentialOptions,
  compare: (
    random: Random,
    folder: string,
  ) => Promise<{ readonly known: readonly string[]; readonly unknown: string | undefined }>,
  prepare: (folder: string) => void = () => {},
): Promise<DifferentialReport> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-differential-"));
  const umask = process.umask(0o022);
  const startMs = performance.now();
  const known: Record<string, number> = {};
  const unknown: string[] = [];
  let count = 0;
  try {
    mkdirSync(join(folder, "tree"));
    prepare(folder);
    for (; count < sessions && performance.now() - startMs < limitMs && unknown.length < 5; count++) {
      // Each session has its own seed, so that it can be repeated alone.
      const outcome = await compare(new Random(seed + count * 7919), folder);
      for (const name of outcome.known) known[name] = (known[name] ?? 0) + 1;
      if (outcome.unknown !== undefined) unknown.push(`seed ${seed + count * 7919}: ${outcome.unknown}`);
    }
  } finally {
    process.umask(umask);
    rmSync(folder, { recursive: true, force: true });
  }
  return { sessions: count, durationMs: performance.now() - startMs, known, unknown };
}

/** Returns the figures of a run in one line, and the unknown differences. */
export function describeDifferential(name: string, report: DifferentialReport): string {
  const { sessions, durationMs, known, unknown } = report;
  const counts = Object.entries(known).map(([difference, count]) => `${difference} ${count}`);
  const differing = counts.length === 0 ? "none differed" : `differed as known: ${counts.join(", ")}`;
  const figures = `${name}: ${sessions} sessions in ${(durationMs / 1000).toFixed(1)} s, ${differing}`;
  return [figures, ...unknown.map((text) => `UNKNOWN ${text}`)].join("\n");
}
