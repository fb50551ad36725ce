import { createServer } from "node:net";
import { checkOptions, type OptionKinds } from "@scpkit/core/engine";
import ssh2 from "ssh2";
import { algorithmKinds } from "../algorithms.ts";
import { describeHostKey, type Ssh2HostKey } from "../auth/host-key.ts";
import { ConnectionRegistry } from "./connection-registry.ts";
import type { SshServerOptions } from "./server-options.ts";

/** A running server. */
export interface RunningSshServer extends AsyncDisposable {
  /** The address that it listens on. */
  readonly host: string;
  /** The port that it listens on. */
  readonly port: number;
  /** Its public keys, for known_hosts and for comparison by a person. */
  readonly hostKeys: readonly Ssh2HostKey[];
  /** The number of open connections. */
  readonly connections: number;
  /**
   * Stops listening and accepts no more sessions. Ends connections without a session at once, and the others when their
   * last session has ended. Connections that are open at the deadline are closed. Resolves when all are closed. A
   * second call may shorten the deadline.
   *
   * @param options.deadlineMs milliseconds from now. @default 10000
   */
  close(options?: { readonly deadlineMs?: number | undefined }): Promise<void>;
}

const optionKinds: OptionKinds<SshServerOptions<object>> = {
  hostKeys: "array",
  authenticate: "function",
  exec: "function",
  shell: "function",
  methods: "array",
  host: "string",
  port: "number",
  algorithms: { options: algorithmKinds },
  publicKeyAlgorithms: "array",
  maxConnections: "number",
  maxStartups: { options: { begin: "number", rate: "number", full: "number" } },
  maxStartupsPerAddress: "number",
  maxSessionsPerConnection: "number",
  loginGraceMs: "number",
  maxAuthTries: "number",
  unusedConnectionMs: "number",
  keepaliveIntervalMs: "number",
  keepaliveCountMax: "number",
  windowBytes: "number",
  onDrop: "function",
  onError: "function",
};

/**
 * Starts a small SSH server that runs no programs: it accepts the logins that `authenticate` accepts and passes their
 * commands to `exec`. Subsystems (SFTP), terminals, environment variables, agent, X11 and port forwarding are rejected.
 *
 * Its identification is `SSH-2.0-scpkit_ssh2`. From it, scpkit's clients infer that its scp accepts overlapped replies
 * and answers every record once: serve scp commands with `@scpkit/server`, or with a server that behaves the same.
 *
 * @throws {TypeError} if there is no host key, or an option is missing, unknown or has an invalid value
 * @throws {Error} if a host key cannot be read, or the address cannot be listened on (`code` is an errno name)
 */
export async function startSshServer<S extends object>(options: SshServerOptions<S>): Promise<RunningSshServer> {
  const required = ["hostKeys", "authenticate", "exec"];
  checkOptions("startSshServer", options, optionKinds, { required, error: TypeError });
  const { host = "127.0.0.1", port = 0 } = options;
  const hostKeys = options.hostKeys.map((key) => (typeof key === "string" ? key : Buffer.from(key)));
  const described = hostKeys.map(publicPart);
  if (described.length === 0) throw new TypeError("The option hostKeys is empty: a server needs at least one host key");

  const registry = new ConnectionRegistry(hostKeys, options);
  const listener = createServer((socket) => registry.accept(socket));
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, host, () => {
      listener.off("error", reject);
      resolve();
    });
  });
  listener.on("error", (error: Error) => options.onError?.(error));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");

  let closing: Promise<void> | undefined;
  const close = async (deadlineMs: number): Promise<void> => {
    closing ??= new Promise<void>((resolve) => listener.close(() => resolve()));
    registry.closeWhenIdle();
    const timer = setTimeout(() => registry.end(), deadlineMs);
    await closing;
    await registry.drained();
    clearTimeout(timer);
  };

  return {
    host: address.address,
    port: address.port,
    hostKeys: described,
    get connections() {
      return registry.connections;
    },
    close: ({ deadlineMs = 10_000 } = {}) => close(deadlineMs),
    [Symbol.asyncDispose]: () => close(0),
  };
}

function publicPart(key: string | Buffer): Ssh2HostKey {
  const parsed = ssh2.utils.parseKey(key);
  const first = Array.isArray(parsed) ? parsed[0] : parsed;
  if (first instanceof Error || first === undefined) {
    throw new Error(`A host key cannot be read: ${first?.message ?? "it is empty"}`);
  }
  return describeHostKey(first.getPublicSSH());
}
