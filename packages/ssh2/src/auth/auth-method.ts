import type { Ssh2Agent } from "../ssh2-objects.ts";
import type { Ssh2AddToAgent } from "./add-to-agent.ts";

/**
 * Logs in without proof, which some devices allow. This request is also sent to learn the methods that a server
 * accepts.
 */
export interface Ssh2NoneAuth {
  readonly type: "none";
}

/** Logs in with a password. */
export interface Ssh2PasswordAuth {
  readonly type: "password";
  /**
   * The password, or a callback that asks for it. The callback is called until the password is right, up to {@link
   * attempts} times, or until it returns `undefined`, and only if the server accepts passwords. An error that it throws
   * ends `connect`.
   */
  readonly password: string | ((request: Ssh2PasswordRequest) => Awaitable<string | undefined>);
  /** How often to ask, as `NumberOfPasswordPrompts`; servers have their own limit. @default 3 */
  readonly attempts?: number | undefined;
}

/** The login that a password is requested for. */
export interface Ssh2PasswordRequest {
  readonly username: string;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
}

/** Logs in with a private key in memory, or one that is loaded when it is needed. */
export interface Ssh2PrivateKeyAuth {
  readonly type: "private-key";
  /**
   * The contents of the key file, or a callback that loads them; `undefined` skips the key. A callback that throws also
   * skips it, and the reason is reported if all methods fail.
   */
  readonly key: Uint8Array | string | (() => Awaitable<Uint8Array | string | undefined>);
  /**
   * The public key in wire format. It is only needed for an encrypted PEM key, which is then offered before its
   * passphrase is requested; the other formats contain a readable public key. The key is skipped without being loaded
   * if an agent has already offered this public key.
   */
  readonly publicKey?: Uint8Array | undefined;
  /**
   * The passphrase, or a callback that asks for it. The callback is called until the passphrase is right, up to {@link
   * attempts} times, or until it returns `undefined`, and only if the key is encrypted and the server accepts it. An
   * error that it throws ends `connect`.
   */
  readonly passphrase?: string | ((request: Ssh2PassphraseRequest) => Awaitable<string | undefined>) | undefined;
  /** How often to ask for the passphrase. @default 3 */
  readonly attempts?: number | undefined;
  /**
   * Adds the key to an agent before it signs, as `AddKeysToAgent` of ssh_config(5), or a callback that decides when the
   * key is about to sign. The login continues if the agent does not accept the key. @default the key is not added
   */
  readonly addToAgent?: Ssh2AddToAgent | (() => Awaitable<Ssh2AddToAgent | undefined>) | undefined;
  /** The name of the key in messages: its path. */
  readonly label?: string | undefined;
}

/** The key that a passphrase is requested for. */
export interface Ssh2PassphraseRequest {
  readonly label: string;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
}

/** Logs in with the keys of an agent. */
export interface Ssh2AgentAuth {
  readonly type: "agent";
  /** Path of the agent's socket (a named pipe on Windows), or an agent of ssh2. */
  readonly agent: string | Ssh2Agent;
  /**
   * Public keys in wire format: only these are offered, in the agent's order, as with `IdentitiesOnly`. To offer some
   * keys before the others, list the same agent twice, first with `only`: a key is offered once, and the agent is asked
   * once. @default all
   */
  readonly only?: readonly Uint8Array[] | undefined;
}

/** Logs in by answering questions of the server (keyboard-interactive). */
export interface Ssh2KeyboardInteractiveAuth {
  readonly type: "keyboard-interactive";
  /** Returns one answer for each prompt, or `undefined` to give up. An error that it throws ends `connect`. */
  readonly answer: (request: Ssh2KeyboardInteractiveRequest) => Awaitable<readonly string[] | undefined>;
  /** How often to start again after wrong answers; servers have their own limit. @default 3 */
  readonly attempts?: number | undefined;
}

/** The questions of the server. The peer wrote them: escape them before you write them to a terminal. */
export interface Ssh2KeyboardInteractiveRequest {
  readonly name: string;
  readonly instructions: string;
  readonly prompts: readonly Ssh2Prompt[];
  /** The number of the attempt, from 1. */
  readonly attempt: number;
}

/** One question of a server. */
export interface Ssh2Prompt {
  readonly prompt: string;
  /** Whether the answer may be shown while it is typed. */
  readonly echo: boolean;
}

/** A login method. */
export type Ssh2AuthMethod =
  | Ssh2NoneAuth
  | Ssh2PasswordAuth
  | Ssh2PrivateKeyAuth
  | Ssh2AgentAuth
  | Ssh2KeyboardInteractiveAuth;

/** A value, now or later. */
export type Awaitable<T> = T | PromiseLike<T>;
