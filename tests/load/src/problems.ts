import { megabytes, moreHandles, type Sample } from "./sample.ts";
import type { AttackReport } from "./scenarios/attacks.ts";
import type { ConcurrentReport } from "./scenarios/concurrent.ts";
import type { ShortSessionsReport } from "./scenarios/short-sessions.ts";
import type { SlowLorisOptions, SlowLorisReport } from "./scenarios/slow-loris.ts";
import type { SoakReport } from "./scenarios/soak.ts";

/** Bytes that a process may hold in addition after any load: compiled code, caches, the garbage collector's own. */
const allowedBytes = 6 * 1024 * 1024;

/** Returns the resources that a process holds and did not hold before. */
function growth(who: string, before: Sample, after: Sample): string[] {
  const problems: string[] = [];
  const grown = after.heapBytes + after.bufferBytes - before.heapBytes - before.bufferBytes;
  if (grown > allowedBytes) problems.push(`${who} holds ${megabytes(grown)} more than before`);
  for (const kind of moreHandles(before.handles, after.handles)) {
    const [is, was] = [after.handles[kind], before.handles[kind] ?? 0];
    problems.push(`${who} has ${is} handles of the kind ${kind}, and had ${was}`);
  }
  if (after.descriptors > before.descriptors) {
    problems.push(`${who} has ${after.descriptors} descriptors open, and had ${before.descriptors}`);
  }
  return [...problems, ...after.warnings.map((warning) => `${who} was warned: ${warning}`)];
}

function leftovers(files: readonly string[]): string[] {
  return files.length === 0 ? [] : [`${files.length} temporary files are left, such as ${files[0]}`];
}

/** Returns the problems of concurrent sessions; empty if there are none. */
export function concurrentProblems(report: ConcurrentReport, temporaryFiles: readonly string[]): string[] {
  const { before, after, damaged } = report;
  const wrong = damaged.length === 0 ? [] : [`${damaged.length} files did not arrive as sent, such as ${damaged[0]}`];
  const failures = Object.entries(after.failures).map(([code, count]) => `${count} sessions failed with ${code}`);
  return [...wrong, ...failures, ...growth("The server", before.sample, after.sample), ...leftovers(temporaryFiles)];
}

/** Returns the problems of consecutive sessions. */
export function shortProblems(report: ShortSessionsReport, temporaryFiles: readonly string[]): string[] {
  const { early, late, after } = report;
  return [
    ...Object.entries(after.failures).map(([code, count]) => `${count} sessions failed with ${code}`),
    ...growth("The server", early.server.sample, late.server.sample),
    ...growth("The server, once disconnected,", early.server.sample, after.sample),
    ...growth("The client", early.client, late.client),
    ...leftovers(temporaryFiles),
  ];
}

/** Returns the problems of a crowd of slow clients. */
export function slowLorisProblems(
  report: SlowLorisReport,
  options: SlowLorisOptions,
  temporaryFiles: readonly string[],
): string[] {
  const { before, after, exits } = report;
  const expected = {
    "limit-first-byte": options.silentConnections * 10,
    "limit-stall": options.stalledConnections * 10,
  };
  const crowd = expected["limit-first-byte"] + expected["limit-stall"];
  const problems: string[] = [];
  for (const [code, count] of Object.entries(expected)) {
    const ended = after.failures[code] ?? 0;
    if (ended !== count) problems.push(`${ended} sessions were ended by ${code}, and ${count} were meant to be`);
  }
  // A session that is cut has no status; one that ends has status 1.
  const cut = (exits["1"] ?? 0) + (exits.undefined ?? 0);
  if (cut !== crowd) problems.push(`Of ${crowd} sessions not all were ended: ${JSON.stringify(exits)}`);
  return [...problems, ...growth("The server", before.sample, after.sample), ...leftovers(temporaryFiles)];
}

/** Bytes that a process may hold in addition while it is attacked. */
const allowedUnderAttackBytes = 64 * 1024 * 1024;
/** Milliseconds that other clients may wait for a login while a server is attacked. */
const allowedLoginMs = 1_000;

/** Returns the problems of a server under attack. */
export function attackProblems(reports: readonly AttackReport[]): string[] {
  return reports.flatMap(({ name, before, during, after, reached, loginMs }) => {
    const problems = reached > 0 ? [] : [`${name}: the attack did not reach the server`];
    const worst = loginMs.at(-1);
    if (worst === undefined || worst > allowedLoginMs) problems.push(`${name}: a login took ${worst?.toFixed(0)} ms`);
    const grown = during.sample.rssBytes - before.sample.rssBytes;
    if (grown > allowedUnderAttackBytes) problems.push(`${name}: the server holds ${megabytes(grown)} more`);
    return [...problems, ...growth(`${name}: the server`, before.sample, after.sample)];
  });
}

/** Returns the problems of a long run. */
export function soakProblems({ first, early, late, last, temporaryFiles }: SoakReport): string[] {
  const atEnd = { ...last, heapBytes: first.heapBytes, bufferBytes: first.bufferBytes };
  return [
    ...growth("The process", early, late),
    // Loaded code stays until the end; opened resources do not.
    ...growth("The process, at its end,", first, atEnd),
    ...leftovers(temporaryFiles),
  ];
}
