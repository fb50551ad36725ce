import { connect, type Ssh2Connection } from "@scpkit/ssh2";

/**
 * Connects to a server of this workspace. It is on loopback and was started by whoever connects: its key is taken as it
 * is.
 */
export function connectTo(port: number): Promise<Ssh2Connection> {
  return connect({
    host: "127.0.0.1",
    port,
    username: "ann",
    auth: [{ type: "password", password: "any" }],
    verifyHostKey: () => true,
  });
}
