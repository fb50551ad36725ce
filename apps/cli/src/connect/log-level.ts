import type { ResolvedHost } from "@scpkit/openssh";

/** Returns whether `LogLevel` shows messages that are not errors, such as banners and additions to known_hosts. */
export function logsInfo({ logLevel }: Pick<ResolvedHost, "logLevel">): boolean {
  return !["QUIET", "FATAL", "ERROR"].includes(logLevel);
}
