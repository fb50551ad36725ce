import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { env } from "node:process";
import { Duplex } from "node:stream";
import { escapeText } from "@scpkit/codec";
import { ScpConnectionError } from "@scpkit/core";
import { currentUser, type JumpHop, type ResolvedHost, resolveHost, runMatchExec } from "@scpkit/openssh";
import type { Ssh2Connection } from "@scpkit/ssh2";
import type { ScpkitOptions } from "../command-line/parse.ts";
import { openDirectRoute } from "./direct-route.ts";
import type { ConnectContext } from "./log-in.ts";
import { describeUnsupported, nameUnsupportedOptions } from "./unsupported-options.ts";

/** A host as an operand names it. */
export interface HostRequest {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** A connection together with the connections to its jump hosts. */
export interface HostConnection extends AsyncDisposable {
  readonly transport: Ssh2Connection;
}

/**
 * Connects as `ssh` would: configuration, jump hosts or proxy command, known hosts, identities, agent, prompts.
 *
 * @throws {ScpConnectionError} the host could not be connected to; the error has a hint
 * @throws {SshConfigError} a configuration file or option is wrong
 */
export async function connectHost(request: HostRequest, context: ConnectContext): Promise<HostConnection> {
  const host = await resolve(request, context);
  for (const warning of host.warnings) context.debug(warning);
  for (const option of host.unsupported) context.debug(escapeText(describeUnsupported(option)));
  if (host.certificateFiles.length > 0) {
    context.printError("scpkit does not support certificates; pass -S ssh to use them");
  }
  await warnOfMissingKeys(context);
  const jumpConnections: Ssh2Connection[] = [];
  try {
    const sock = await openRoute(host, context, jumpConnections);
    const transport = await logInThrough(sock, host, context);
    return {
      transport,
      async [Symbol.asyncDispose]() {
        await transport.close();
        await closeAll(jumpConnections);
      },
    };
  } catch (error) {
    await closeAll(jumpConnections);
    throw host.proxyCommand === undefined ? error : withProxyCommand(error, host);
  }
}

/** Logs in through `sock`, or directly. A direct connection is opened while the SSH library is being loaded. */
async function logInThrough(
  sock: Duplex | undefined,
  host: ResolvedHost,
  context: ConnectContext,
): Promise<Ssh2Connection> {
  const direct = sock === undefined;
  const route = direct ? await openDirectRoute(host, context.signal) : { socket: sock, address: undefined };
  try {
    const { logIn } = await import("./log-in.ts");
    return await logIn(host, context, { ...route, direct });
  } catch (error) {
    Promise.resolve(route.socket).then(
      (socket) => socket.destroy(),
      () => {},
    );
    throw nameUnsupportedOptions(error, host);
  }
}

/** Names the proxy command in the error: a stream that ends gives no reason. */
function withProxyCommand(error: unknown, { alias, proxyCommand }: ResolvedHost): unknown {
  if (!(error instanceof ScpConnectionError) || error.code !== "lost") return error;
  return new ScpConnectionError(
    "lost",
    `The ProxyCommand of ${JSON.stringify(alias)} ended before the login`,
    `Run the command on its own to see its error: ${proxyCommand}`,
    { cause: error },
  );
}

/** Prints ssh's warning for each missing file of `-i`. As in ssh, `~` is the home in the user database, whatever HOME is. */
async function warnOfMissingKeys({ options, printError }: ConnectContext): Promise<void> {
  const { home } = await currentUser();
  for (const path of options.identityFiles) {
    if (existsSync(path.replace(/^~(?=\/)/, home))) continue;
    printError(`Warning: Identity file ${escapeText(path)} not accessible: No such file or directory.`);
  }
}

async function resolve(request: HostRequest, { options }: ConnectContext): Promise<ResolvedHost> {
  const overrides: (string | readonly [string, string])[] = [];
  const add = (keyword: string, value: string | undefined): void => {
    if (value !== undefined) overrides.push([keyword, value]);
  };
  // As in ssh, these win over -o, and -o wins over user and port.
  add("Ciphers", options.cipher);
  add("AddressFamily", options.addressFamily && `inet${options.addressFamily === 6 ? "6" : ""}`);
  if (options.compression) add("Compression", "yes");
  if (options.quiet) add("LogLevel", "QUIET");
  overrides.push(...options.sshOptions);
  for (const path of options.identityFiles) add("IdentityFile", path);
  add("ProxyJump", options.jump);
  add("ForwardAgent", options.agentForwarding ? "yes" : "no");
  if (options.batch) add("BatchMode", "yes");
  add("Port", request.port?.toString());
  add("User", request.user);
  return await resolveHost(request.host, { overrides, configFile: options.configFile, matchExec: runMatchExec });
}

/** Opens the stream to connect through. `undefined`: the host is connected to directly. */
async function openRoute(
  host: ResolvedHost,
  context: ConnectContext,
  jumpConnections: Ssh2Connection[],
  visited: readonly ResolvedHost[] = [],
): Promise<Duplex | undefined> {
  if (visited.some((other) => isSameRoute(other, host))) {
    throw new ScpConnectionError(
      "unreachable",
      `The jump hosts of ${JSON.stringify(host.alias)} form a loop`,
      `Set "ProxyJump none" for ${JSON.stringify(host.alias)} in ssh_config`,
    );
  }
  if (host.proxyCommand !== undefined) return runProxyCommand(host.proxyCommand);
  let sock: Duplex | undefined;
  for (const [index, hop] of host.proxyJump.entries()) {
    const jump = await resolveJump(hop, context);
    // Only the first hop may have a proxy of its own. The others are reached through the previous hop.
    sock ??= index === 0 ? await openRoute(jump, context, jumpConnections, [...visited, host]) : undefined;
    const connection = await logInThrough(sock, jump, { ...context, first: undefined, follows: undefined });
    jumpConnections.push(connection);
    const next = host.proxyJump[index + 1];
    const onward = next === undefined ? host : await resolveJump(next, context);
    sock = await connection.forwardOut(onward.hostName, onward.port);
  }
  return sock;
}

/**
 * Returns whether two hosts are reached by the same route. Addresses are not compared: several hosts may share an address, and a host
 * may be reached through its own address.
 */
function isSameRoute(one: ResolvedHost, other: ResolvedHost): boolean {
  const key = ({ alias, user, port, proxyJump }: ResolvedHost): string =>
    JSON.stringify([alias, user, port, proxyJump]);
  return key(one) === key(other);
}

async function resolveJump(hop: JumpHop, context: ConnectContext): Promise<ResolvedHost> {
  // As ssh does for -J: options of the command line are for the destination; the file of -F, -B, -q and -v are for all.
  const options: ScpkitOptions = {
    ...context.options,
    sshOptions: [],
    identityFiles: [],
    cipher: undefined,
    jump: undefined,
    agentForwarding: false,
    compression: false,
    addressFamily: undefined,
  };
  return await resolve(hop, { ...context, options });
}

function runProxyCommand(command: string): Duplex {
  const child = spawn(env.SHELL || "/bin/sh", ["-c", `exec ${command}`], { stdio: ["pipe", "pipe", "inherit"] });
  const duplex = Duplex.from({ readable: child.stdout, writable: child.stdin });
  // The connection reports the error. Later errors must not be unhandled.
  duplex.on("error", () => {});
  child.once("error", (error) => duplex.destroy(error));
  duplex.once("close", () => child.kill());
  return duplex;
}

async function closeAll(connections: readonly Ssh2Connection[]): Promise<void> {
  for (const connection of [...connections].reverse()) await connection.close();
}
