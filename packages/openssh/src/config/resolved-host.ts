import type { UnsupportedKeyword } from "./unsupported-keywords.ts";
import type { JumpHop } from "./values/jump-chain.ts";
import type { RekeyLimit } from "./values/rekey-limit.ts";

/** How to handle unknown host keys. */
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
 * The complete configuration of one host as plain data, with defaults applied, and tokens and `~` expanded.
 *
 * `undefined` marks a value that OpenSSH determines at the moment of use. Algorithm lists are kept as written, because
 * the meaning of `+`, `-` and `^` depends on what the program supports: see `applyAlgorithmSpec`.
 */
export interface ResolvedHost {
  /** The requested name. */
  readonly alias: string;
  /** The name or address to connect to, in lower case; the value of `HostName` if that was set. */
  readonly hostName: string;
  /** @default 22 */
  readonly port: number;
  /** The user to log in as. @default the local user */
  readonly user: string;
  /** @default "any" */
  readonly addressFamily: "any" | "inet" | "inet6";
  /** Local address to connect from. */
  readonly bindAddress: string | undefined;
  /** Time limit for the connection and the key exchange. `undefined`: the system's limit. */
  readonly connectTimeoutSeconds: number | undefined;
  /** Number of attempts, one per second. @default 1 */
  readonly connectionAttempts: number;
  /** Seconds of silence after which a keepalive request is sent. 0 sends none. @default 0 */
  readonly serverAliveIntervalSeconds: number;
  /** Keepalive requests without a reply after which the connection is closed. @default 3 */
  readonly serverAliveCountMax: number;
  /** How long one set of keys may be used. `undefined`: the program's limit. */
  readonly rekeyLimit: RekeyLimit | undefined;
  /** @default false */
  readonly compression: boolean;
  /** @default "INFO" */
  readonly logLevel: SshLogLevel;

  /**
   * The jump hosts, the first one first; empty if there are none. Each one must be resolved like any other host, with
   * the same files. The first may have a `ProxyJump` of its own; the `ProxyJump` of the others is not used, as with
   * `ssh -J`.
   */
  readonly proxyJump: readonly JumpHop[];
  /** Shell command whose input and output replace the connection. Never set together with `proxyJump`. */
  readonly proxyCommand: string | undefined;

  /** List of ciphers as written, including the modifier. `undefined`: the program's default. */
  readonly ciphers: string | undefined;
  /** As `ciphers`. */
  readonly macs: string | undefined;
  /** As `ciphers`. */
  readonly kexAlgorithms: string | undefined;
  /** As `ciphers`. */
  readonly hostKeyAlgorithms: string | undefined;
  /** As `ciphers`: the signature algorithms that may be used to log in with a key. */
  readonly pubkeyAcceptedAlgorithms: string | undefined;
  /** Minimum size of RSA keys in bits, for keys of hosts and of users (`RequiredRSASize`). @default 1024 */
  readonly requiredRsaSize: number;

  /** New keys are added to the first file. Empty: no file. @default ~/.ssh/known_hosts, ~/.ssh/known_hosts2 */
  readonly userKnownHostsFiles: readonly string[];
  /** Never written to. @default /etc/ssh/ssh_known_hosts, /etc/ssh/ssh_known_hosts2 */
  readonly globalKnownHostsFiles: readonly string[];
  /** @default "ask" */
  readonly strictHostKeyChecking: StrictHostKeyChecking;
  /** Name to use in known_hosts instead of host and port, in lower case. */
  readonly hostKeyAlias: string | undefined;
  /** @default false */
  readonly hashKnownHosts: boolean;
  /** Whether the address is looked up in known_hosts in addition to the name. @default false */
  readonly checkHostIp: boolean;
  /** File of keys that are rejected for every host. */
  readonly revokedHostKeys: string | undefined;

  /** Private keys (or public keys of an agent) in the order in which they are tried; they may not exist. */
  readonly identityFiles: readonly string[];
  /** Whether `identityFiles` was configured and is not the default list. `IdentityFile none` leaves it empty. */
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
  /** Whether the user must never be asked. @default false */
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

  /**
   * Environment variables to send before the command, by name (`SendEnv`, `SetEnv`). The server decides which ones it
   * accepts.
   */
  readonly environment: Readonly<Record<string, string>>;

  /**
   * Every keyword that was set (lower case, old names replaced) with its arguments, not expanded. Durations are in
   * seconds; yes and no stand for true and false. Contains the keywords that have no property here.
   */
  readonly raw: ReadonlyMap<string, readonly string[]>;
  /** Keywords that are set, would enable a way to connect, and are not supported. Name them if the connection fails. */
  readonly unsupported: readonly UnsupportedKeyword[];
  /** Warnings about lines that OpenSSH accepts and that have no effect here, one sentence each. */
  readonly warnings: readonly string[];
}
