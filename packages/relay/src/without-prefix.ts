/** A peer's message without the `scp: ` that every scp puts in front of it, so that it can be put there once more. */
export function withoutPrefix(message: string): string {
  return message.replace(/^scp: /, "");
}
