export { describeForPeer } from "./describe-for-peer.ts";
export { createMetrics, type ScpMeter, type ScpMetricAttributes, type ScpMetricOptions } from "./metrics.ts";
export type { ScpPolicy, ScpPolicyDecision, ScpPolicyEntry } from "./policy.ts";
export { type ScpRefusalCode, ScpRefusalError } from "./refusal-error.ts";
export type { ScpServeRequest } from "./request.ts";
export { serveCommand } from "./serve-command.ts";
export type {
  ScpHandled,
  ScpServeHandlers,
  ScpServeOptions,
  ScpServeOutcome,
  ScpServerEvent,
  ScpSessionOption,
  ScpUnhandled,
} from "./serve-options.ts";
export {
  createScpServer,
  type ScpServer,
  type ScpServerOptions,
  type ScpServerSession,
  type ScpShutdown,
} from "./server.ts";
export { createSessionLimiter, type ScpSessionLimiter, type ScpSessionLimits } from "./session-limiter.ts";
export type { ScpShellEntry, ScpShellFiles } from "./shell-files.ts";
export { tee } from "./tee.ts";
export { serveWinscpShell, type WinscpShellOptions, type WinscpShellOutcome } from "./winscp-shell.ts";
export { type ScpAuditOptions, withAuditLog, withSourceAuditLog } from "./with-audit-log.ts";
export { withBandwidthLimit, withSourceBandwidthLimit } from "./with-bandwidth-limit.ts";
export {
  type ScpChecksum,
  type ScpChecksumOptions,
  type ScpHasher,
  withChecksum,
  withSourceChecksum,
} from "./with-checksum.ts";
export { type ScpHeldFile, type ScpVerdict, withHold } from "./with-hold.ts";
export { withMaxSize, withSourceMaxSize } from "./with-max-size.ts";
export {
  type ScpNamePatternOptions,
  type ScpNameTest,
  withNamePattern,
  withSourceNamePattern,
} from "./with-name-pattern.ts";
export { withPolicy } from "./with-policy.ts";
export { createQuota, type ScpQuota, type ScpQuotaLimits } from "./create-quota.ts";
export { type ScpQuotaOptions, type ScpReservation, withQuota } from "./with-quota.ts";
export { withSourcePolicy } from "./with-source-policy.ts";
