import { toLatin1 } from "../input/bytes.ts";
import { comparableOutput, type SourceComparison } from "./compare-source.ts";
import { runRealScp } from "./run-scp.ts";

/** The intended differences between scpkit's source and OpenSSH's, by name, with their reasons. */
export const knownSourceDifferences: Readonly<Record<string, string>> = {
  "refused-start": "A sink that is not ready ends the transfer. OpenSSH counts the error and sends to it all the same",
  "stops-at-once":
    "A peer that has closed its side, or said what is no reply, and has not accepted the body before, is not sent the body. OpenSSH notices once it has sent it",
  "stray-error":
    "No sink refuses a T or an E, so an error in that place is the second one of the entry before (OpenSSH up to 8.2, dropbear). OpenSSH takes it for an answer and is one reply off from then on",
};

/**
 * Returns the known differences that explain a comparison: an empty list if both sides did the same, `undefined` if the
 * difference is unknown.
 */
export async function explainSources(comparison: SourceComparison): Promise<readonly string[] | undefined> {
  const { session, theirs, ours } = comparison;
  const [their, our] = [comparableOutput(theirs.output), comparableOutput(ours.output)];
  if (their === our && theirs.exitCode === ours.exitCode) return [];
  if (ours.exitCode !== 1) return undefined;
  if (session.bytes[0] === 1 && our === "") return ["refused-start"];
  if (theirs.exitCode === 1 && their.startsWith(our)) return ["stops-at-once"];
  // Without the errors that scpkit skipped as stray, OpenSSH must do the same as scpkit.
  for (const bytes of withoutErrors(session.bytes)) {
    const again = await runRealScp(session.run, bytes);
    const output = comparableOutput(again.output);
    if (output === our) return ["stray-error"];
    if (output.startsWith(our)) return ["stray-error", "stops-at-once"];
  }
  return undefined;
}

/** Yields the replies without one, two or three of their errors. */
function* withoutErrors(bytes: Uint8Array): Generator<Uint8Array> {
  const text = toLatin1(bytes);
  const errors = [...text.matchAll(/\x01[^\n]*\n/g)].map(({ index, 0: line }) => ({ index, length: line.length }));
  for (let set = 1; set < 2 ** Math.min(errors.length, 10); set++) {
    const left = errors.filter((_, at) => ((set >> at) & 1) === 1);
    if (left.length > 3) continue;
    let rest = text;
    for (const { index, length } of [...left].reverse()) rest = rest.slice(0, index) + rest.slice(index + length);
    yield Uint8Array.from(rest, (character) => character.charCodeAt(0));
  }
}
