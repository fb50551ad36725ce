import type { AnyAuthMethod, AuthHandlerMiddleware, Prompt } from "ssh2";
import type {
  Ssh2AgentAuth,
  Ssh2AuthMethod,
  Ssh2KeyboardInteractiveAuth,
  Ssh2PasswordAuth,
  Ssh2PrivateKeyAuth,
} from "./auth-method.ts";
import { agentOf, type Identity, listAgentIdentities, restrictHashes } from "./identity.ts";
import { type Ask, defaultAttempts, loadIdentity, UnusableKeyError } from "./key-file-identity.ts";
import { allowedAlgorithms, type KeyRules } from "./key-rules.ts";

/** One of the caller's methods. It is tried until it has nothing new to offer. */
interface Candidate {
  /** The name of the method in the protocol. */
  readonly method: "none" | "password" | "publickey" | "keyboard-interactive";
  /** Whether its first attempt asks a person. */
  readonly asks: boolean;
  /** Returns the next attempt, or `undefined` if none is left. */
  next(): Promise<AnyAuthMethod | undefined>;
}

/** Hooks of a login into the connection attempt around it. */
export interface LoginHooks {
  /** Runs a callback that asks a person. */
  readonly ask: Ask;
  /** Ends the attempt with the error that a callback of the caller threw. */
  readonly fail: (error: unknown) => void;
  /** Awaited once, before the first request. */
  readonly start: () => Promise<void>;
  readonly keyRules: KeyRules;
  /**
   * Returns whether passwords and answers must not be sent because the host key is not trusted. Called after the host
   * key was checked.
   */
  readonly withholdsSecrets: () => boolean;
}

/**
 * Logs in with the caller's methods in their order, as far as the server accepts them. After a partial success, skipped
 * methods are considered again.
 *
 * The first request names a real method if that asks no person, which saves a round trip. Otherwise it is `none`, to
 * learn the accepted methods before a person is asked.
 */
export class Authenticator {
  /** The handler for ssh2's `authHandler`. */
  readonly handler: AuthHandlerMiddleware;
  readonly #username: string;
  readonly #ask: Ask;
  readonly #fail: (error: unknown) => void;
  readonly #keyRules: KeyRules;
  readonly #withholdsSecrets: () => boolean;
  readonly #left: Candidate[];
  readonly #tried: string[] = [];
  readonly #notTried: string[] = [];
  readonly #offered = new Set<string>();
  readonly #agents = new Map<Ssh2AgentAuth["agent"], Promise<readonly Identity[]>>();
  #serverTakes: readonly string[] | undefined;
  #noneTried = false;

  constructor(username: string, methods: readonly Ssh2AuthMethod[], hooks: LoginHooks) {
    const { ask, fail, start, keyRules, withholdsSecrets } = hooks;
    this.#username = username;
    this.#ask = ask;
    this.#fail = fail;
    this.#keyRules = keyRules;
    this.#withholdsSecrets = withholdsSecrets;
    let started: Promise<void> | undefined;
    this.#left = methods.map((method) => this.#candidate(method));
    this.handler = (serverTakes, _partialSuccess, next): void => {
      this.#serverTakes = serverTakes ?? undefined;
      started ??= start();
      started
        .then(() => this.#next())
        .then((method) => {
          // ssh2 expects `false` when no method is left; its types omit it.
          Reflect.apply(next, undefined, [method ?? false]);
        })
        .catch(fail);
    };
  }

  /** The requests that were sent, in order, for messages: the method, and the key. */
  get tried(): readonly string[] {
    return this.#tried;
  }

  /** The methods and keys that could not be tried, with the reason, for messages. */
  get notTried(): readonly string[] {
    return this.#notTried;
  }

  /** The methods that the server accepts; `undefined` before its first reply. */
  get serverTakes(): readonly string[] | undefined {
    return this.#serverTakes;
  }

  async #next(): Promise<AnyAuthMethod | undefined> {
    for (const candidate of [...this.#left]) {
      if (this.#serverTakes !== undefined && !this.#serverTakes.includes(candidate.method)) continue;
      if (this.#serverTakes === undefined && candidate.asks && !this.#noneTried) return this.#none();
      const attempt = await candidate.next();
      if (attempt !== undefined) return attempt;
      this.#left.splice(this.#left.indexOf(candidate), 1);
    }
    return this.#noneTried ? undefined : this.#none();
  }

  #none(): AnyAuthMethod {
    this.#noneTried = true;
    this.#tried.push("none");
    return { type: "none", username: this.#username };
  }

  #candidate(method: Ssh2AuthMethod): Candidate {
    switch (method.type) {
      case "none":
        return { method: "none", asks: true, next: async () => undefined };
      case "password":
        return this.#password(method);
      case "private-key":
        return this.#keys(() => this.#loadKey(method));
      case "agent":
        return this.#keys(() => this.#listAgent(method));
      case "keyboard-interactive":
        return this.#keyboardInteractive(method);
    }
  }

  #password({ password, attempts = defaultAttempts }: Ssh2PasswordAuth): Candidate {
    const username = this.#username;
    const most = typeof password === "string" ? 1 : attempts;
    let attempt = 0;
    const next = async (): Promise<AnyAuthMethod | undefined> => {
      attempt += 1;
      if (attempt > most) return undefined;
      const given = typeof password === "string" ? password : await this.#ask(() => password({ username, attempt }));
      if (given === undefined) {
        attempt = most;
        return undefined;
      }
      this.#tried.push("password");
      return { type: "password", username, password: given };
    };
    return this.#secret({ method: "password", asks: typeof password !== "string", next });
  }

  /** Drops `candidate` before its first attempt if no secret may be sent. */
  #secret(candidate: Candidate): Candidate {
    const next = async (): Promise<AnyAuthMethod | undefined> => {
      if (!this.#withholdsSecrets()) return candidate.next();
      this.#notTried.push(`${candidate.method}: the host key is not trusted`);
      return undefined;
    };
    return { ...candidate, next };
  }

  /** Makes one attempt for each key. Omits keys that were offered before, or that the rules exclude. */
  #keys(list: () => Promise<readonly Identity[]>): Candidate {
    let identities: Identity[] | undefined;
    const next = async (): Promise<AnyAuthMethod | undefined> => {
      identities ??= [...(await list())];
      for (let identity = identities.shift(); identity !== undefined; identity = identities.shift()) {
        if (this.#wasOffered(identity.blob)) continue;
        this.#offered.add(keyId(identity.blob));
        const { algorithms, reason } = allowedAlgorithms(identity.blob, this.#keyRules);
        if (algorithms.length === 0) {
          this.#notTried.push(`${identity.label}: ${reason}`);
          continue;
        }
        this.#tried.push(`publickey ${identity.label}`);
        const key = this.#noting(restrictHashes(identity, algorithms));
        return { type: "agent", username: this.#username, agent: agentOf(key, algorithms, this.#fail) };
      }
      return undefined;
    };
    return { method: "publickey", asks: false, next };
  }

  #wasOffered(blob: Uint8Array | undefined): boolean {
    return blob !== undefined && this.#offered.has(keyId(blob));
  }

  /** Keeps the reason when signing fails; ssh2 drops it and continues with the next method. */
  #noting(identity: Identity): Identity {
    const sign: Identity["sign"] = async (data, hash) => {
      try {
        return await identity.sign(data, hash);
      } catch (error) {
        this.#notTried.push(error instanceof Error ? error.message : String(error));
        throw error;
      }
    };
    return { ...identity, sign };
  }

  async #loadKey(method: Ssh2PrivateKeyAuth): Promise<readonly Identity[]> {
    // An agent may have offered it. The private key in its file may then be missing.
    if (this.#wasOffered(method.publicKey)) return [];
    try {
      return [await loadIdentity(method, this.#ask)];
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
      this.#notTried.push(error.message);
      return [];
    }
  }

  async #listAgent({ agent, only }: Ssh2AgentAuth): Promise<readonly Identity[]> {
    let list = this.#agents.get(agent);
    if (list === undefined) {
      list = this.#askAgent(agent);
      this.#agents.set(agent, list);
    }
    const all = await list;
    return only === undefined ? all : all.filter(({ blob }) => only.some((one) => Buffer.compare(blob, one) === 0));
  }

  async #askAgent(agent: Ssh2AgentAuth["agent"]): Promise<readonly Identity[]> {
    try {
      return await listAgentIdentities(agent);
    } catch (error) {
      this.#notTried.push(`the agent: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  #keyboardInteractive({ answer, attempts = defaultAttempts }: Ssh2KeyboardInteractiveAuth): Candidate {
    const username = this.#username;
    let attempt = 0;
    const next = async (): Promise<AnyAuthMethod | undefined> => {
      attempt += 1;
      if (attempt > attempts) return undefined;
      this.#tried.push("keyboard-interactive");
      return {
        type: "keyboard-interactive",
        username,
        prompt: (name, instructions, _language, prompts, finish): void => {
          const questions = prompts.map(toPrompt);
          this.#ask(() => answer({ name, instructions, prompts: questions, attempt }))
            .then((answers) => {
              if (answers === undefined) attempt = attempts;
              finish(questions.map((_, index) => answers?.[index] ?? ""));
            })
            .catch(this.#fail);
        },
      };
    };
    return this.#secret({ method: "keyboard-interactive", asks: true, next });
  }
}

function keyId(blob: Uint8Array): string {
  return Buffer.from(blob).toString("base64");
}

function toPrompt({ prompt, echo }: Prompt): { readonly prompt: string; readonly echo: boolean } {
  return { prompt, echo: echo === true };
}
