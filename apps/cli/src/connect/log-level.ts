import type { ResolvedHost } from "@scpkit/openssh";

/** Whether `LogLevel` lets through what is not an error: banners, additions to known_hosts. */
export function logsInfo({ logLevel }: Pick<ResolvedHost, "logLevel">): boolean {
  return !["QUIET", "FATAL", "ERROR"].includes(logLevel);
}
