import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { escapeText } from "@scpkit/codec";
import { ScpConnectionError } from "@scpkit/core";
import {
  agentSocket,
  applyAlgorithmSpec,
  knownKeyTypes,
  preferKnownKeyTypes,
  type ResolvedHost,
} from "@scpkit/openssh";
import {
  connect,
  defaultAlgorithms,
  type Ssh2Connection,
  type Ssh2HostKey,
  type Ssh2HostKeyVerdict,
  supportedAlgorithms,
  supportsCompression,
} from "@scpkit/ssh2";
import type { ScpkitOptions } from "../command-line/parse.ts";
import { forPrompt, type Prompter, silentPrompter } from "../prompt/prompter.ts";
import { loginMethods } from "./authentication.ts";
import { withCommandHint } from "./connection-hint.ts";
import { addressFamilyOf } from "./direct-route.ts";
import { createHostKeyVerifier } from "./host-key-verifier.ts";
import { logsInfo } from "./log-level.ts";
import type { PrimaryConnection } from "./primary-connection.ts";
import { readUserKeys } from "./user-keys.ts";

/** What a connection needs from the command around it. */
export interface ConnectContext {
  readonly options: ScpkitOptions;
  readonly prompter: Prompter;
  readonly signal: AbortSignal;
  /** Shows lines on standard error. */
  readonly printError: (text: string) => void;
  /** As {@link printError}, unless the same text was shown before. */
  readonly printErrorOnce: (text: string) => void;
  /** Shows a line of `-v`. */
  readonly debug: (text: string) => void;
  /** Set for the first connection to the host itself, not for those to jump hosts. */
  readonly first?: PrimaryConnection | undefined;
  /** Set for a second connection to the host: the first one. */
  readonly follows?: PrimaryConnection | undefined;
}

/** How a host is reached. */
export interface Route {
  /** Open, or being opened. Belongs to the connection. */
  readonly socket: Duplex | Promise<Duplex>;
  /** Whether it is a direct connection to the host, so that a failed attempt can be repeated. */
  readonly direct: boolean;
  /** See `DirectRoute`. */
  readonly address: string | undefined;
}

/**
 * Opens a connection over a route and logs in.
 *
 * @throws {ScpConnectionError} the login failed; the error has a hint
 */
export async function logIn(
  host: ResolvedHost,
  context: ConnectContext,
  { socket, direct, address }: Route,
): Promise<Ssh2Connection> {
  const { signal, printError, printErrorOnce, debug, options, first, follows } = context;
  const prompter = host.batchMode ? silentPrompter : context.prompter;
  const hostKeys = algorithms(host.hostKeyAlgorithms, supportedAlgorithms.hostKey, defaultAlgorithms.hostKey);
  const known = await knownKeyTypes({ host: host.hostName, port: host.port, hostKeyAlias: host.hostKeyAlias }, [
    ...host.userKnownHostsFiles,
    ...host.globalKnownHostsFiles,
  ]);
  const keys = await readUserKeys(host);
  const auth = loginMethods(host, keys, prompter, printError);
  if (host.compression && !supportsCompression && logsInfo(host)) {
    printErrorOnce("Warning: Compression is not available on Deno; continuing without it");
  }
  debug(`Connecting to ${host.hostName} port ${host.port} as ${host.user}`);
  const verify = createHostKeyVerifier(host, prompter, printError, address);
  const verifyHostKey = async (key: Ssh2HostKey): Promise<Ssh2HostKeyVerdict> => {
    const verdict = await (follows === undefined ? verify(key) : follows.verdictOn(key));
    if (verdict !== false) first?.acceptedHostKey(key, verdict);
    return verdict;
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const connection = await connect({
        host: address ?? host.hostName,
        port: host.port,
        username: host.user,
        auth,
        sock: attempt === 1 ? socket : undefined,
        signal,
        verifyHostKey,
        beforeLogin: follows && (() => follows.loggedIn()),
        onServerHello: (ms) => first?.sawAnswer(ms),
        ciphers: algorithms(host.ciphers, supportedAlgorithms.ciphers, defaultAlgorithms.ciphers),
        macs: algorithms(host.macs, supportedAlgorithms.macs, defaultAlgorithms.macs),
        kex: algorithms(host.kexAlgorithms, supportedAlgorithms.kex, defaultAlgorithms.kex),
        hostKey: host.hostKeyAlgorithms === undefined ? preferKnownKeyTypes(hostKeys, known) : hostKeys,
        rekeyLimit: host.rekeyLimit,
        compression: host.compression && supportsCompression,
        publicKeyAlgorithms: publicKeyAlgorithms(host),
        minRsaBits: host.requiredRsaSize,
        connectTimeoutMs: (host.connectTimeoutSeconds ?? 0) * 1000,
        keepaliveIntervalMs: host.serverAliveIntervalSeconds * 1000,
        keepaliveCountMax: host.serverAliveCountMax,
        localAddress: host.bindAddress,
        forwardAgent: agentToForward(host),
        environment: host.environment,
        addressFamily: addressFamilyOf(host),
        onBanner: (text) => logsInfo(host) && printError(forPrompt(text.replace(/\r?\n$/, ""))),
        onDebug: options.verbosity > 1 ? (line) => debug(escapeText(line)) : undefined,
      });
      debug(`Logged in; the server is ${escapeText(connection.peerIdentification ?? "of unknown make")}`);
      return connection;
    } catch (error) {
      if (attempt >= host.connectionAttempts || !direct || !isPassing(error)) throw withCommandHint(error, host, keys);
      await sleep(1000, undefined, { signal });
    }
  }
}

/** Returns the chosen algorithms. A list without a supported one is kept as it is, so that the error names it. */
function algorithms(spec: string | undefined, supported: readonly string[], defaults: readonly string[]): string[] {
  const chosen = applyAlgorithmSpec(spec, supported, defaults);
  return chosen.length === 0 && spec !== undefined ? [spec] : chosen;
}

/** OpenSSH's defaults leave `ssh-rsa` (SHA-1) out; `PubkeyAcceptedAlgorithms +ssh-rsa` allows it. */
function publicKeyAlgorithms({ pubkeyAcceptedAlgorithms: spec }: ResolvedHost): string[] | undefined {
  return spec === undefined
    ? undefined
    : applyAlgorithmSpec(spec, [...modernKeyAlgorithms, "ssh-rsa"], modernKeyAlgorithms);
}

const modernKeyAlgorithms = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

function agentToForward({ forwardAgent, identityAgent }: ResolvedHost): string | undefined {
  if (forwardAgent === false) return undefined;
  return agentSocket({ identityAgent: forwardAgent === true ? identityAgent : forwardAgent });
}

function isPassing(error: unknown): boolean {
  return error instanceof ScpConnectionError && ["refused", "unreachable", "timed-out", "lost"].includes(error.code);
}
