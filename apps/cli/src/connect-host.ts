import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ScpConnectionError } from "@scpkit/channel";
import { escapeText } from "@scpkit/codec";
import {
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
import type { ScpkitOptions } from "./options.ts";
import { type Prompter, silentPrompter } from "./terminal-prompt.ts";

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
  const overrides: (string | readonly [string, string])[] = [...options.sshOptions];
  const add = (keyword: string, value: string | undefined): void => {
    if (value !== undefined) overrides.push([keyword, value]);
  };
  for (const path of options.identityFiles) add("IdentityFile", path);
  add("Ciphers", options.cipher);
  add("ProxyJump", options.jump);
  add("AddressFamily", options.addressFamily && `inet${options.addressFamily === 6 ? "6" : ""}`);
  if (options.compression) add("Compression", "yes");
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
): Promise<Duplex | undefined> {
  if (host.proxyCommand !== undefined) return runProxyCommand(host.proxyCommand);
  let sock: Duplex | undefined;
  for (const [index, hop] of host.proxyJump.entries()) {
    const jump = await resolveJump(hop, context);
    // Only the first hop may need a way of its own; the others are reached through the one before.
    sock ??= index === 0 ? await openWay(jump, context, behind) : undefined;
    const connection = await logIn(jump, context, sock);
    behind.push(connection);
    const next = host.proxyJump[index + 1];
    const onward = next === undefined ? host : await resolveJump(next, context);
    sock = await connection.forwardOut(onward.hostName, onward.port);
  }
  return sock;
}

async function resolveJump(hop: JumpHop, context: ConnectContext): Promise<ResolvedHost> {
  const { configFile, batch, verbosity } = context.options;
  // As ssh does for -J: options of the command line are for the destination, the files are for all.
  const options: ScpkitOptions = {
    ...context.options,
    sshOptions: [],
    identityFiles: [],
    cipher: undefined,
    jump: undefined,
    compression: false,
    configFile,
    batch,
    verbosity,
  };
  return await resolve(hop, { ...context, options });
}

async function logIn(host: ResolvedHost, context: ConnectContext, sock: Duplex | undefined): Promise<Ssh2Connection> {
  const { signal, say, debug, options } = context;
  const prompter = host.batchMode ? silentPrompter : context.prompter;
  const hostKeys = applyAlgorithmSpec(host.hostKeyAlgorithms, supportedAlgorithms.hostKey, defaultAlgorithms.hostKey);
  const known = await knownKeyTypes({ host: host.hostName, port: host.port, hostKeyAlias: host.hostKeyAlias }, [
    ...host.userKnownHostsFiles,
    ...host.globalKnownHostsFiles,
  ]);
  const accepted: AcceptedHostKey = { withoutSecrets: false };
  const guarded: Prompter = {
    ask: async (question, how) => (accepted.withoutSecrets ? undefined : await prompter.ask(question, how)),
  };
  const auth = await loginMethods(host, guarded);
  debug(`Connecting to ${host.hostName} port ${host.port} as ${host.user}`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect({
        host: host.hostName,
        port: host.port,
        username: host.user,
        auth,
        sock,
        signal,
        verifyHostKey: createHostKeyVerifier(host, prompter, say, accepted),
        ciphers: applyAlgorithmSpec(host.ciphers, supportedAlgorithms.ciphers, defaultAlgorithms.ciphers),
        macs: applyAlgorithmSpec(host.macs, supportedAlgorithms.macs, defaultAlgorithms.macs),
        kex: applyAlgorithmSpec(host.kexAlgorithms, supportedAlgorithms.kex, defaultAlgorithms.kex),
        hostKey: host.hostKeyAlgorithms === undefined ? preferKnownKeyTypes(hostKeys, known) : hostKeys,
        compression: host.compression,
        readyTimeoutMs: host.connectTimeoutSeconds === undefined ? undefined : host.connectTimeoutSeconds * 1000,
        keepaliveIntervalMs: host.serverAliveIntervalSeconds * 1000,
        keepaliveCountMax: host.serverAliveCountMax,
        localAddress: host.bindAddress,
        addressFamily: host.addressFamily === "any" ? undefined : host.addressFamily === "inet" ? 4 : 6,
        onBanner: (text) => showBanner(text, host, options, say),
        onDebug: options.verbosity > 1 ? (line) => debug(escapeText(line)) : undefined,
      });
    } catch (error) {
      if (attempt >= host.connectionAttempts || sock !== undefined || !isPassing(error)) throw error;
      await sleep(1000, undefined, { signal });
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof ScpConnectionError && ["refused", "unreachable", "timed-out", "lost"].includes(error.code);
}

function showBanner(text: string, host: ResolvedHost, options: ScpkitOptions, say: (text: string) => void): void {
  if (options.quiet || host.logLevel === "QUIET" || host.logLevel === "FATAL") return;
  say(
    text
      .replace(/\r?\n$/, "")
      .split(/\r?\n/)
      .map(escapeText)
      .join("\n"),
  );
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
