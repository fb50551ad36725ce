import { megabytes, type Sample } from "./sample.ts";
import type { AttackReport } from "./scenarios/attacks.ts";
import type { ConcurrentReport } from "./scenarios/concurrent.ts";
import type { ShortSessionsReport } from "./scenarios/short-sessions.ts";
import type { SlowLorisReport } from "./scenarios/slow-loris.ts";
import type { SoakReport } from "./scenarios/soak.ts";

const held = ({ heapBytes, bufferBytes }: Sample): number => heapBytes + bufferBytes;

/** Figures of sessions held at once, one line. */
export function describeConcurrent({ before, during, after, heldMs }: ConcurrentReport): string {
  const each = (held(during.sample) - held(before.sample)) / during.active / 1024;
  return `${during.active} sessions held on ${during.connections} connections after ${seconds(heldMs)}: ${each.toFixed(0)} KB each in the server's heap and buffers (${megabytes(during.sample.rssBytes)} resident); in use before ${megabytes(held(before.sample))}, during ${megabytes(held(during.sample))}, after ${megabytes(held(after.sample))}`;
}

/** Figures of sessions in a row, one line. */
export function describeShort({ sessions, durationMs, early, late, after }: ShortSessionsReport): string {
  const rate = Math.round((sessions / durationMs) * 1000);
  return `${sessions} short sessions in ${seconds(durationMs)} (${rate}/s): server ${megabytes(held(early.server.sample))} after a tenth, ${megabytes(held(late.server.sample))} after all, ${megabytes(held(after.sample))} once disconnected; client ${megabytes(held(early.client))} and ${megabytes(held(late.client))}`;
}

/** Figures of a crowd, one line. */
export function describeSlowLoris({ crowded, after, honestMs, exits }: SlowLorisReport): string {
  const middle = honestMs[Math.floor(honestMs.length / 2)] ?? 0;
  const worst = honestMs.at(-1) ?? 0;
  return `${crowded.active} idle sessions and ${crowded.connections} connections: ${honestMs.length} honest transfers took ${middle.toFixed(0)} ms (median), ${worst.toFixed(0)} ms (longest); the crowd ended with ${JSON.stringify(exits)}, ${JSON.stringify(after.failures)}`;
}

/** Figures of one attack, one line. */
export function describeAttack({ name, before, during, loginMs }: AttackReport): string {
  const [middle = 0, worst = 0] = [loginMs[Math.floor(loginMs.length / 2)], loginMs.at(-1)];
  const grown = during.sample.rssBytes - before.sample.rssBytes;
  return `${name}: ${loginMs.length} logins of others took ${middle.toFixed(0)} ms (median), ${worst.toFixed(0)} ms (longest); event loop held up ${during.longestTurnMs.toFixed(0)} ms at most; in use before ${megabytes(held(before.sample))}, during ${megabytes(held(during.sample))}, resident ${megabytes(grown)} more`;
}

/** Figures of a long life, one line. */
export function describeSoak({ transfers, durationMs, early, late, last, failures }: SoakReport): string {
  return `${transfers} transfers (${failures} meant to fail) in ${seconds(durationMs)}: ${megabytes(held(early))} after a fifth, ${megabytes(held(late))} after all, ${megabytes(held(last))} at the end`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
