/**
 * Provides an SSH server based on ssh2, and functions that answer commands in an existing ssh2 server.
 *
 * @module
 */
export {
  type AcceptExecOptions,
  acceptExec,
  type OnExecOptions,
  onExec,
  type Ssh2ExecHandler,
  type Ssh2ExecSession,
} from "./server/accept-exec.ts";
export { isAuthorizedKey } from "./server/authorized-key.ts";
export { generateHostKey, type Ssh2KeyPair } from "./server/generate-host-key.ts";
export type {
  Ssh2DroppedConnection,
  Ssh2ExecRequest,
  Ssh2LoginAttempt,
  Ssh2PasswordAttempt,
  Ssh2PublicKeyAttempt,
  Ssh2ServerRequest,
  Ssh2SessionHandler,
  SshServerOptions,
} from "./server/server-options.ts";
export { type RunningSshServer, startSshServer } from "./server/ssh-server.ts";
export type { Ssh2DropReason, Ssh2MaxStartups } from "./server/startup-limits.ts";
export type { Ssh2ServerChannel, Ssh2ServerSession } from "./ssh2-objects.ts";
