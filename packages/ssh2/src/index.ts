export { connect } from "./connect.ts";
export type { ConnectOptions } from "./connect-options.ts";
export { type Ssh2Connection, type WrapClientOptions, wrapClient } from "./connection.ts";
export type { Ssh2HostKey, Ssh2HostKeyVerdict, Ssh2HostKeyVerifier } from "./host-key.ts";
export type { KeyRules } from "./key-rules.ts";
export { readPublicKey } from "./public-key.ts";
export { NoCommonAlgorithmError } from "./handshake-error.ts";
export type { Ssh2AddToAgent } from "./add-to-agent.ts";
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
} from "./auth-method.ts";
export { defaultAlgorithms, type Ssh2Algorithms, supportedAlgorithms, supportsCompression } from "./algorithms.ts";
export {
  type AcceptExecOptions,
  acceptExec,
  type OnExecOptions,
  onExec,
  type Ssh2ExecHandler,
  type Ssh2ExecSession,
} from "./accept-exec.ts";
export { type RunningSshServer, startSshServer } from "./ssh-server.ts";
export type {
  Ssh2DroppedConnection,
  Ssh2ExecRequest,
  Ssh2LoginAttempt,
  Ssh2PasswordAttempt,
  Ssh2PublicKeyAttempt,
  Ssh2ServerRequest,
  Ssh2SessionHandler,
  SshServerOptions,
} from "./server-options.ts";
export type { Ssh2DropReason, Ssh2MaxStartups } from "./startup-limits.ts";
export { isAuthorizedKey } from "./authorized-key.ts";
export { generateHostKey, type Ssh2KeyPair } from "./generate-host-key.ts";
export type { Ssh2RekeyLimit } from "./rekey-limit.ts";
