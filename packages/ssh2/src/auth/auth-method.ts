import type { Ssh2Agent } from "../ssh2-objects.ts";
import type { Ssh2AddToAgent } from "./add-to-agent.ts";

/** Logs in without proof; some devices allow it. Asked anyway to learn what a server wants. */
export interface Ssh2NoneAuth {
  readonly type: "none";
}

/** A password. */
export interface Ssh2PasswordAuth {
  readonly type: "password";
  /**
   * The password, or who to ask for it: until it is right, up to {@link attempts} times, or until `undefined` is
   * returned. Asked only when the server takes passwords. What it throws ends `connect`.
   */
  readonly password: string | ((request: Ssh2PasswordRequest) => Awaitable<string | undefined>);
  /** How often to ask, as `NumberOfPasswordPrompts`; servers have a limit of their own. @default 3 */
  readonly attempts?: number | undefined;
}

/** What a password is wanted for. */
export interface Ssh2PasswordRequest {
  readonly username: string;
  /** 1 for the first time. */
  readonly attempt: number;
}

/** A private key in memory, or one that is loaded when its turn comes. */
export interface Ssh2PrivateKeyAuth {
  readonly type: "private-key";
  /**
   * The key file's contents, or what loads them; `undefined` skips the key. A loader that throws skips it too, and the
   * reason is told when everything else fails.
   */
  readonly key: Uint8Array | string | (() => Awaitable<Uint8Array | string | undefined>);
  /**
   * The public half as on the wire. Only used for an encrypted PEM key, which is then offered before its passphrase is
   * asked for; the other formats show their public half. The key is skipped without being loaded when an agent has
   * offered this public key.
   */
  readonly publicKey?: Uint8Array | undefined;
  /**
   * The passphrase, or who to ask for it: until it is right, up to {@link attempts} times, or until `undefined` is
   * returned. Asked only when the key is encrypted and the server takes it. What it throws ends `connect`.
   */
  readonly passphrase?: string | ((request: Ssh2PassphraseRequest) => Awaitable<string | undefined>) | undefined;
  /** How often to ask for the passphrase. @default 3 */
  readonly attempts?: number | undefined;
  /**
   * Adds the key to an agent before it signs, as `AddKeysToAgent` of ssh_config(5), or a function that decides when the
   * key is about to sign. The login goes on when the agent does not accept the key. @default the key is not added
   */
  readonly addToAgent?: Ssh2AddToAgent | (() => Awaitable<Ssh2AddToAgent | undefined>) | undefined;
  /** What the key is called in messages: its path. */
  readonly label?: string | undefined;
}

/** What a passphrase is wanted for. */
export interface Ssh2PassphraseRequest {
  readonly label: string;
  /** 1 for the first time. */
  readonly attempt: number;
}

/** The keys of an agent. */
export interface Ssh2AgentAuth {
  readonly type: "agent";
  /** Path of the agent's socket (a named pipe on Windows), or an agent of ssh2. */
  readonly agent: string | Ssh2Agent;
  /**
   * Public keys as on the wire: only these are offered, in the agent's order, as with `IdentitiesOnly`. List the same
   * agent twice, first with `only`, to offer some keys before the others: a key is offered once, and the agent is asked
   * once. @default all
   */
  readonly only?: readonly Uint8Array[] | undefined;
}

/** Questions of the server, answered by a person. */
export interface Ssh2KeyboardInteractiveAuth {
  readonly type: "keyboard-interactive";
  /** One answer for each prompt; `undefined` gives up. What it throws ends `connect`. */
  readonly answer: (request: Ssh2KeyboardInteractiveRequest) => Awaitable<readonly string[] | undefined>;
  /** How often to begin anew after wrong answers; servers have a limit of their own. @default 3 */
  readonly attempts?: number | undefined;
}

/** What the server asks. Written by the peer: escape it before it reaches a terminal. */
export interface Ssh2KeyboardInteractiveRequest {
  readonly name: string;
  readonly instructions: string;
  readonly prompts: readonly Ssh2Prompt[];
  /** 1 for the first time. */
  readonly attempt: number;
}

/** One question of a server. */
export interface Ssh2Prompt {
  readonly prompt: string;
  /** Whether the answer may be shown while it is typed. */
  readonly echo: boolean;
}

/** One way to log in. */
export type Ssh2AuthMethod =
  | Ssh2NoneAuth
  | Ssh2PasswordAuth
  | Ssh2PrivateKeyAuth
  | Ssh2AgentAuth
  | Ssh2KeyboardInteractiveAuth;

/** A value, now or later. */
export type Awaitable<T> = T | PromiseLike<T>;
