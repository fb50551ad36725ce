/**
 * Wrappers for targets and entries: policy, quota, rules for sizes and names, scan, checksum, audit log, bandwidth and
 * tee.
 *
 * @module
 */
export type { ScpPolicy, ScpPolicyDecision, ScpPolicyEntry } from "./policy.ts";
export { type ScpRefusalCode, ScpRefusalError } from "./refusal-error.ts";
export { tee } from "./wrappers/tee.ts";
export { type ScpAuditOptions, withAuditLog, withSourceAuditLog } from "./wrappers/with-audit-log.ts";
export { withBandwidthLimit, withSourceBandwidthLimit } from "./wrappers/with-bandwidth-limit.ts";
export {
  type ScpChecksum,
  type ScpChecksumOptions,
  type ScpHasher,
  withChecksum,
  withSourceChecksum,
} from "./wrappers/with-checksum.ts";
export { type ScpScannedFile, type ScpScanResult, withScan } from "./wrappers/with-scan.ts";
export { withMaxSize, withSourceMaxSize } from "./wrappers/with-max-size.ts";
export {
  type ScpNamePatternOptions,
  type ScpNameTest,
  withNamePattern,
  withSourceNamePattern,
} from "./wrappers/with-name-pattern.ts";
export { withPolicy } from "./wrappers/with-policy.ts";
export { createQuota, type ScpQuota, type ScpQuotaLimits } from "./create-quota.ts";
export { type ScpQuotaOptions, type ScpReservation, withQuota } from "./wrappers/with-quota.ts";
export { withSourcePolicy } from "./wrappers/with-source-policy.ts";
