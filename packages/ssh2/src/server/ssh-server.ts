import { createServer } from "node:net";
import { checkOptions, type OptionKinds } from "@scpkit/core/engine";
import ssh2 from "ssh2";
import { algorithmKinds } from "../algorithms.ts";
import { describeHostKey, type Ssh2HostKey } from "../auth/host-key.ts";
import { ConnectionRegistry } from "./connection-registry.ts";
import type { SshServerOptions } from "./server-options.ts";

/** A server that listens. */
export interface RunningSshServer extends AsyncDisposable {
  /** Address it listens on. */
  readonly host: string;
  /** Port it listens on. */
  readonly port: number;
  /** Its public keys, for known_hosts and for a human to compare. */
  readonly hostKeys: readonly Ssh2HostKey[];
  /** Connections open now. */
  readonly connections: number;
  /**
   * Stops listening, takes no more sessions, ends connections that have none and the others when their last session has ended.
   * Those still open at the deadline are cut. Resolves when all are gone. A second call may shorten the deadline.
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
 * Starts a small SSH server that runs nothing: it lets in whom `authenticate` knows and hands their commands to `exec`. Subsystems
 * (SFTP), terminals, environment variables, agent, X11 and port forwarding are refused.
 *
 * It calls itself `SSH-2.0-scpkit_ssh2`, by which scpkit's clients know that its scp takes replies ahead and answers every record once:
 * serve scp commands with `@scpkit/server`, or with something that does the same.
 *
 * @throws {TypeError} there is no host key, or an option is missing or unknown, or has a wrong value
 * @throws {Error} a host key that cannot be read, or an address that cannot be listened on (`code` is an errno name)
 */
export async function startSshServer<S extends object>(options: SshServerOptions<S>): Promise<RunningSshServer> {
  const required = ["hostKeys", "authenticate", "exec"];
  checkOptions("startSshServer", options, optionKinds, { required, error: TypeError });
  const { host = "127.0.0.1", port = 0 } = options;
  const hostKeys = options.hostKeys.map((key) => (typeof key === "string" ? key : Buffer.from(key)));
  const described = hostKeys.map(publicPart);
  if (described.length === 0) throw new TypeError("The option hostKeys is empty: a server needs a key of its own");

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
