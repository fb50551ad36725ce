/**
 * Provides ssh2's client connections as transports for scpkit.
 *
 * @module
 */
export { connect } from "./client/connect.ts";
export type { ConnectOptions, Ssh2RekeyLimit } from "./client/connect-options.ts";
export { type Ssh2Connection, type WrapClientOptions, wrapClient } from "./client/connection.ts";
export type { Ssh2HostKey, Ssh2HostKeyVerdict, Ssh2HostKeyVerifier } from "./auth/host-key.ts";
export type { KeyRules } from "./auth/key-rules.ts";
export { readPublicKey } from "./auth/public-key.ts";
export { NoCommonAlgorithmError } from "./client/handshake-error.ts";
export type { Ssh2AddToAgent } from "./auth/add-to-agent.ts";
export type {
  Ssh2AgentAuth,
  Ssh2AuthMethod,
  Ssh2KeyboardInteractiveAuth,
  Ssh2KeyboardInteractiveRequest,
  Ssh2NoneAuth,
  Ssh2PassphraseRequest,
  Ssh2PasswordAuth,
  Ssh2PasswordRequest,
  Ssh2PrivateKeyAuth,
  Ssh2Prompt,
} from "./auth/auth-method.ts";
export { defaultAlgorithms, type Ssh2Algorithms, supportedAlgorithms, supportsCompression } from "./algorithms.ts";
export type { Ssh2Agent, Ssh2Client } from "./ssh2-objects.ts";
