/**
 * Exports the ssh_config(5) part of `@scpkit/openssh`.
 *
 * @module
 */
export type { ConnectionStep } from "./config/reader/keyword-support.ts";
export { runMatchExec } from "./config/reader/run-match-exec.ts";
export { type ResolveHostOptions, resolveHost } from "./config/resolve-host.ts";
export type { ResolvedHost, SshLogLevel, StrictHostKeyChecking } from "./config/resolved-host.ts";
export type { UnsupportedKeyword } from "./config/unsupported-keywords.ts";
export { applyAlgorithmSpec } from "./config/values/algorithms.ts";
export type { Environment } from "./config/values/expand.ts";
export type { JumpHop } from "./config/values/jump-chain.ts";
export type { LocalSideOptions } from "./config/values/local-environment.ts";
export type { RekeyLimit } from "./config/values/rekey-limit.ts";
export { SshConfigError, type SshConfigErrorCode, type SshConfigProblem } from "./config/values/ssh-config-error.ts";
