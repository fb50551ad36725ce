export { applyAlgorithmSpec } from "./algorithms.ts";
export type { Environment } from "./expand.ts";
export type { JumpHop } from "./jump-chain.ts";
export type { LocalSideOptions } from "./local-side.ts";
export { type ResolveHostOptions, resolveHost } from "./resolve-host.ts";
export type { ResolvedHost, SshLogLevel, StrictHostKeyChecking } from "./resolved-host.ts";
export { runMatchExec } from "./run-match-exec.ts";
export { SshConfigError, type SshConfigErrorCode, type SshConfigProblem } from "./ssh-config-error.ts";
