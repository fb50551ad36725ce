import { readFileSync } from "node:fs";
import { OperandError } from "./operand.ts";

/** The character that runtimes put in place of bytes that are not UTF-8. */
const replacement = "\uFFFD";

/**
 * Returns an argument of the command line as it is.
 *
 * @throws {OperandError} its bytes are not UTF-8, and so the runtime has not passed them on
 */
export function checkArgument(text: string): string {
  if (text.includes(replacement) && !wasGiven(text)) {
    throw new OperandError(
      `${text}: The argument is not UTF-8`,
      "Copy the directory that holds the file with -r, or rename the file",
    );
  }
  return text;
}

/** Returns whether the command line contains exactly this text. Only Linux shows its bytes; elsewhere it returns `false`. */
function wasGiven(text: string): boolean {
  try {
    return readFileSync("/proc/self/cmdline", "latin1").split("\0").includes(Buffer.from(text).toString("latin1"));
  } catch {
    return false;
  }
}
