import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ScpConnectionError } from "@scpkit/channel";
import { escapeText } from "@scpkit/codec";
import {
  agentSocket,
  applyAlgorithmSpec,
  knownKeyTypes,
  preferKnownKeyTypes,
  type ResolvedHost,
} from "@scpkit/openssh";
import { connect, defaultAlgorithms, type Ssh2Connection, type Ssh2HostKey, supportedAlgorithms } from "@scpkit/ssh2";
import { loginMethods } from "./authentication.ts";
import type { FirstConnection } from "./first-connection.ts";
import { type AcceptedHostKey, createHostKeyVerifier } from "./host-key-verifier.ts";
import { isInformed } from "./is-informed.ts";
import type { ScpkitOptions } from "./options.ts";
import { forPrompt, type Prompter, silentPrompter } from "./terminal-prompt.ts";

/** What a connection needs from the command around it. */
export interface ConnectContext {
  readonly options: ScpkitOptions;
  readonly prompter: Prompter;
  readonly signal: AbortSignal;
  /** Shows lines on standard error. */
  readonly say: (text: string) => void;
  /** Shows a line of `-v`. */
  readonly debug: (text: string) => void;
  /** Is told of the connection to the host itself, not of those on the way. */
  readonly first?: FirstConnection | undefined;
  /** This connection is the second to its host, after that one. */
  readonly follows?: FirstConnection | undefined;
}

/**
 * One connection, once it is known how the host is reached.
 *
 * @param sock the way to it, where it is not reached directly
 * @throws {ScpConnectionError} it could not be done, with a hint
 */
export async function logIn(
  host: ResolvedHost,
  context: ConnectContext,
  sock: Duplex | undefined,
): Promise<Ssh2Connection> {
  const { signal, say, debug, options, first, follows } = context;
  if (sock === undefined) checkFamily(host);
  const prompter = host.batchMode ? silentPrompter : context.prompter;
  const hostKeys = algorithms(host.hostKeyAlgorithms, supportedAlgorithms.hostKey, defaultAlgorithms.hostKey);
  const known = await knownKeyTypes({ host: host.hostName, port: host.port, hostKeyAlias: host.hostKeyAlias }, [
    ...host.userKnownHostsFiles,
    ...host.globalKnownHostsFiles,
  ]);
  const accepted: AcceptedHostKey = { withoutSecrets: false };
  const auth = await loginMethods(host, prompter, accepted);
  const address = await addressToCheck(host, sock, context);
  debug(`Connecting to ${host.hostName} port ${host.port} as ${host.user}`);
  const verify = createHostKeyVerifier(host, prompter, say, accepted, address);
  const verifyHostKey = async (key: Ssh2HostKey): Promise<boolean> => {
    const right = await (follows === undefined ? verify(key) : follows.hasHostKey(key));
    if (right) first?.acceptedHostKey(key);
    return right;
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const connection = await connect({
        host: address ?? host.hostName,
        port: host.port,
        username: host.user,
        auth,
        sock,
        signal,
        verifyHostKey,
        beforeLogin: follows && (() => follows.loggedIn()),
        onAnswer: (ms) => first?.sawAnswer(ms),
        ciphers: algorithms(host.ciphers, supportedAlgorithms.ciphers, defaultAlgorithms.ciphers),
        macs: algorithms(host.macs, supportedAlgorithms.macs, defaultAlgorithms.macs),
        kex: algorithms(host.kexAlgorithms, supportedAlgorithms.kex, defaultAlgorithms.kex),
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
      debug(`Logged in; the server is ${escapeText(connection.peerIdentification ?? "of unknown make")}`);
      return connection;
    } catch (error) {
      if (attempt >= host.connectionAttempts || sock !== undefined || !isPassing(error)) throw error;
      await sleep(1000, undefined, { signal });
    }
  }
}

/** A list that leaves nothing is kept as it was written: the connection will name it. */
function algorithms(spec: string | undefined, supported: readonly string[], defaults: readonly string[]): string[] {
  const chosen = applyAlgorithmSpec(spec, supported, defaults);
  return chosen.length === 0 && spec !== undefined ? [spec] : chosen;
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
