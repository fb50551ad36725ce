import type { UnsupportedKeyword } from "./unsupported-keywords.ts";
import type { JumpHop } from "./values/jump-chain.ts";
import type { RekeyLimit } from "./values/rekey-limit.ts";

/** What to do about host keys that are not known. */
export type StrictHostKeyChecking = "yes" | "ask" | "accept-new" | "no";

/** A `LogLevel` of OpenSSH; `DEBUG1` is written `DEBUG`. */
export type SshLogLevel = "QUIET" | "FATAL" | "ERROR" | "INFO" | "VERBOSE" | "DEBUG" | "DEBUG2" | "DEBUG3";

/** A value of `AddKeysToAgent`. */
export interface AddKeysToAgent {
  readonly when: "no" | "yes" | "ask";
  /** Whether the agent asks before each use of the key. */
  readonly confirm: boolean;
  /** Seconds after which the agent removes the key. `undefined`: never. */
  readonly lifetimeSeconds: number | undefined;
}

/**
 * Everything the configuration says about one host, defaults filled in, tokens and `~` expanded, as plain data.
 *
 * A value that OpenSSH leaves to the moment of use (`undefined`) says so. Algorithm lists are kept as written, since
 * what `+`, `-` and `^` mean depends on what the program supports: see `applyAlgorithmSpec`.
 */
export interface ResolvedHost {
  /** The name that was asked for. */
  readonly alias: string;
  /** The name or address to connect to, in lower case; `HostName` where it was set. */
  readonly hostName: string;
  /** @default 22 */
  readonly port: number;
  /** The user to log in as. @default the local user */
  readonly user: string;
  /** @default "any" */
  readonly addressFamily: "any" | "inet" | "inet6";
  /** Local address to connect from. */
  readonly bindAddress: string | undefined;
  /** Time limit for the connection and the key exchange. `undefined`: the system's. */
  readonly connectTimeoutSeconds: number | undefined;
  /** Tries, one per second. @default 1 */
  readonly connectionAttempts: number;
  /** Silence after which the server is asked for a sign of life. 0: never. @default 0 */
  readonly serverAliveIntervalSeconds: number;
  /** Questions without an answer before the connection is given up. @default 3 */
  readonly serverAliveCountMax: number;
  /** How long one set of keys may be used. `undefined`: the program's limit. */
  readonly rekeyLimit: RekeyLimit | undefined;
  /** @default false */
  readonly compression: boolean;
  /** @default "INFO" */
  readonly logLevel: SshLogLevel;

  /**
   * Hosts to go through, the first one first; empty: none. Each is to be resolved like any other host, with the same
   * files. The first may have a `ProxyJump` of its own, the `ProxyJump` of the others is not used, as with `ssh -J`.
   */
  readonly proxyJump: readonly JumpHop[];
  /** Shell command whose input and output replace the connection. Never together with `proxyJump`. */
  readonly proxyCommand: string | undefined;

  /** List of ciphers as written, modifier included. `undefined`: the program's. */
  readonly ciphers: string | undefined;
  /** As `ciphers`. */
  readonly macs: string | undefined;
  /** As `ciphers`. */
  readonly kexAlgorithms: string | undefined;
  /** As `ciphers`. */
  readonly hostKeyAlgorithms: string | undefined;
  /** As `ciphers`: the signature algorithms that may be used to log in with a key. */
  readonly pubkeyAcceptedAlgorithms: string | undefined;
  /** Smallest RSA key in bits, both of hosts and of users (`RequiredRSASize`). @default 1024 */
  readonly requiredRsaSize: number;

  /** The first is written to. Empty: none. @default ~/.ssh/known_hosts, ~/.ssh/known_hosts2 */
  readonly userKnownHostsFiles: readonly string[];
  /** Never written to. @default /etc/ssh/ssh_known_hosts, /etc/ssh/ssh_known_hosts2 */
  readonly globalKnownHostsFiles: readonly string[];
  /** @default "ask" */
  readonly strictHostKeyChecking: StrictHostKeyChecking;
  /** Name to use in known_hosts instead of host and port, in lower case. */
  readonly hostKeyAlias: string | undefined;
  /** @default false */
  readonly hashKnownHosts: boolean;
  /** Whether the address is looked up in known_hosts besides the name. @default false */
  readonly checkHostIp: boolean;
  /** File with keys that are not accepted from any host. */
  readonly revokedHostKeys: string | undefined;

  /** Private keys (or public keys of an agent) in the order they are tried; they need not exist. */
  readonly identityFiles: readonly string[];
  /** Whether `identityFiles` was configured rather than the default list. `IdentityFile none` leaves it empty. */
  readonly identityFilesConfigured: boolean;
  /** Certificates of users, in order. ssh2 cannot use them. */
  readonly certificateFiles: readonly string[];
  /** Whether keys of the agent are used only if they are among `identityFiles`. @default false */
  readonly identitiesOnly: boolean;
  /** `"none"`, `"SSH_AUTH_SOCK"`, `"$NAME"` or a path; see `agentSocket`. `undefined`: `SSH_AUTH_SOCK`. */
  readonly identityAgent: string | undefined;
  /** Whether a key from a file is added to the agent when it is used. @default no */
  readonly addKeysToAgent: AddKeysToAgent;
  /** `true`: the agent; a path or `"$NAME"`: that agent. @default false */
  readonly forwardAgent: boolean | string;
  /** Never ask the user anything. @default false */
  readonly batchMode: boolean;
  /** Order of authentication methods as written. `undefined`: OpenSSH's; see `authenticationMethods`. */
  readonly preferredAuthentications: readonly string[] | undefined;
  /** @default 3 */
  readonly numberOfPasswordPrompts: number;
  /** @default true */
  readonly pubkeyAuthentication: boolean;
  /** @default true */
  readonly passwordAuthentication: boolean;
  /** @default true */
  readonly kbdInteractiveAuthentication: boolean;

  /** Environment variables to send before the command, by name (`SendEnv`, `SetEnv`). The server decides which it takes. */
  readonly environment: Readonly<Record<string, string>>;

  /**
   * Every keyword that was set (lower case, old names replaced) with its arguments, not expanded. Durations are in
   * seconds; yes and no stand for true and false. For the keywords that have no property here.
   */
  readonly raw: ReadonlyMap<string, readonly string[]>;
  /** Keywords that are set, would open a way to the host, and are not supported: name them where the connection fails. */
  readonly unsupported: readonly UnsupportedKeyword[];
  /** Lines that OpenSSH accepts and that have no effect here, one sentence each. */
  readonly warnings: readonly string[];
}
