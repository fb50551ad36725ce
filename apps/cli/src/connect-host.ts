import { spawn } from "node:child_process";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ScpConnectionError } from "@scpkit/channel";
import { escapeText } from "@scpkit/codec";
import {
  agentSocket,
  applyAlgorithmSpec,
  type JumpHop,
  knownKeyTypes,
  preferKnownKeyTypes,
  type ResolvedHost,
  resolveHost,
  runMatchExec,
} from "@scpkit/openssh";
import { connect, defaultAlgorithms, type Ssh2Connection, supportedAlgorithms } from "@scpkit/ssh2";
import { loginMethods } from "./authentication.ts";
import { type AcceptedHostKey, createHostKeyVerifier } from "./host-key-verifier.ts";
import { isInformed } from "./is-informed.ts";
import type { ScpkitOptions } from "./options.ts";
import { forPrompt, type Prompter, silentPrompter } from "./terminal-prompt.ts";

/** A host as an operand names it. */
export interface HostRequest {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** What a connection needs from the command around it. */
export interface ConnectContext {
  readonly options: ScpkitOptions;
  readonly prompter: Prompter;
  readonly signal: AbortSignal;
  /** Shows lines on standard error. */
  readonly say: (text: string) => void;
  /** Shows a line of `-v`. */
  readonly debug: (text: string) => void;
}

/** A connection and, behind it, those it goes through. */
export interface HostConnection extends AsyncDisposable {
  readonly transport: Ssh2Connection;
}

/**
 * Connects as `ssh` would: configuration, jump hosts or proxy command, known hosts, identities, agent, prompts.
 *
 * @throws {ScpConnectionError} it could not be done, with a hint
 * @throws {SshConfigError} a configuration file or option is wrong
 */
export async function connectHost(request: HostRequest, context: ConnectContext): Promise<HostConnection> {
  const host = await resolve(request, context);
  for (const warning of host.warnings) context.debug(warning);
  if (host.certificateFiles.length > 0) {
    context.say("Certificates cannot be used with scpkit's own connection; use -S ssh for them");
  }
  const behind: Ssh2Connection[] = [];
  try {
    const sock = await openWay(host, context, behind);
    const transport = await logIn(host, context, sock);
    return {
      transport,
      async [Symbol.asyncDispose]() {
        await transport.close();
        await closeAll(behind);
      },
    };
  } catch (error) {
    await closeAll(behind);
    throw error;
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

/** The stream to connect through, where the host is not reached directly. */
async function openWay(
  host: ResolvedHost,
  context: ConnectContext,
  behind: Ssh2Connection[],
  towards: readonly ResolvedHost[] = [],
): Promise<Duplex | undefined> {
  if (towards.some((other) => sameHost(other, host))) {
    throw new ScpConnectionError(
      "unreachable",
      `The way to ${JSON.stringify(host.alias)} leads through itself`,
      "Set ProxyJump none for the jump host in the configuration",
    );
  }
  if (host.proxyCommand !== undefined) return runProxyCommand(host.proxyCommand);
  let sock: Duplex | undefined;
  for (const [index, hop] of host.proxyJump.entries()) {
    const jump = await resolveJump(hop, context);
    // Only the first hop may need a way of its own; the others are reached through the one before.
    sock ??= index === 0 ? await openWay(jump, context, behind, [...towards, host]) : undefined;
    const connection = await logIn(jump, context, sock);
    behind.push(connection);
    const next = host.proxyJump[index + 1];
    const onward = next === undefined ? host : await resolveJump(next, context);
    sock = await connection.forwardOut(onward.hostName, onward.port);
  }
  return sock;
}

function sameHost(one: ResolvedHost, other: ResolvedHost): boolean {
  return one.hostName === other.hostName && one.port === other.port && one.user === other.user;
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

async function logIn(host: ResolvedHost, context: ConnectContext, sock: Duplex | undefined): Promise<Ssh2Connection> {
  const { signal, say, debug, options } = context;
  if (sock === undefined) checkFamily(host);
  const prompter = host.batchMode ? silentPrompter : context.prompter;
  const hostKeys = applyAlgorithmSpec(host.hostKeyAlgorithms, supportedAlgorithms.hostKey, defaultAlgorithms.hostKey);
  const known = await knownKeyTypes({ host: host.hostName, port: host.port, hostKeyAlias: host.hostKeyAlias }, [
    ...host.userKnownHostsFiles,
    ...host.globalKnownHostsFiles,
  ]);
  const accepted: AcceptedHostKey = { withoutSecrets: false };
  const auth = await loginMethods(host, prompter, accepted);
  const address = await addressToCheck(host, sock, context);
  debug(`Connecting to ${host.hostName} port ${host.port} as ${host.user}`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect({
        host: address ?? host.hostName,
        port: host.port,
        username: host.user,
        auth,
        sock,
        signal,
        verifyHostKey: createHostKeyVerifier(host, prompter, say, accepted, address),
        ciphers: applyAlgorithmSpec(host.ciphers, supportedAlgorithms.ciphers, defaultAlgorithms.ciphers),
        macs: applyAlgorithmSpec(host.macs, supportedAlgorithms.macs, defaultAlgorithms.macs),
        kex: applyAlgorithmSpec(host.kexAlgorithms, supportedAlgorithms.kex, defaultAlgorithms.kex),
        hostKey: host.hostKeyAlgorithms === undefined ? preferKnownKeyTypes(hostKeys, known) : hostKeys,
        compression: host.compression,
        readyTimeoutMs: host.connectTimeoutSeconds === undefined ? undefined : host.connectTimeoutSeconds * 1000,
        keepaliveIntervalMs: host.serverAliveIntervalSeconds * 1000,
        keepaliveCountMax: host.serverAliveCountMax,
        localAddress: host.bindAddress,
        forwardAgent: agentToForward(host),
        addressFamily: host.addressFamily === "any" ? undefined : host.addressFamily === "inet" ? 4 : 6,
        onBanner: (text) => isInformed(host) && say(forPrompt(text.replace(/\r?\n$/, ""))),
        onDebug: options.verbosity > 1 ? (line) => debug(escapeText(line)) : undefined,
      });
    } catch (error) {
      if (attempt >= host.connectionAttempts || sock !== undefined || !isPassing(error)) throw error;
      await sleep(1000, undefined, { signal });
    }
  }
}

function agentToForward({ forwardAgent, identityAgent }: ResolvedHost): string | undefined {
  if (forwardAgent === false) return undefined;
  return agentSocket({ identityAgent: forwardAgent === true ? identityAgent : forwardAgent });
}

function isPassing(error: unknown): boolean {
  return error instanceof ScpConnectionError && ["refused", "unreachable", "timed-out", "lost"].includes(error.code);
}

/** A numeric address of the other family is connected to by Node.js in spite of its option. */
function checkFamily({ hostName, addressFamily }: ResolvedHost): void {
  const family = isIP(hostName);
  if (family === 0 || addressFamily === "any" || family === (addressFamily === "inet" ? 4 : 6)) return;
  throw new ScpConnectionError(
    "unreachable",
    `${JSON.stringify(hostName)} is an IPv${family} address, and only IPv${10 - family} is to be used`,
    "Leave out -4, -6 and AddressFamily, or give another address",
  );
}

/** The address to look up in known_hosts besides the name: with `CheckHostIP`, and not for loopback or what a proxy connects to. */
async function addressToCheck(
  host: ResolvedHost,
  sock: Duplex | undefined,
  { signal }: ConnectContext,
): Promise<string | undefined> {
  if (!host.checkHostIp || sock !== undefined || host.hostKeyAlias !== undefined) return undefined;
  const family = host.addressFamily === "any" ? 0 : host.addressFamily === "inet" ? 4 : 6;
  try {
    const { address } = await lookup(host.hostName, { family });
    signal.throwIfAborted();
    return /^127\.|^::1$/.test(address) ? undefined : address;
  } catch {
    signal.throwIfAborted();
    // Connecting will fail for the same reason, with the right words.
    return undefined;
  }
}

function runProxyCommand(command: string): Duplex {
  const child = spawn("/bin/sh", ["-c", `exec ${command}`], { stdio: ["pipe", "pipe", "inherit"] });
  const duplex = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.once("error", (error) => duplex.destroy(error));
  duplex.once("close", () => child.kill());
  return duplex;
}

async function closeAll(connections: readonly Ssh2Connection[]): Promise<void> {
  for (const connection of [...connections].reverse()) await connection.close();
}
