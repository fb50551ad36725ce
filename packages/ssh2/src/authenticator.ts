import type { AnyAuthMethod, AuthHandlerMiddleware, Prompt } from "ssh2";
import type {
  Ssh2AgentAuth,
  Ssh2AuthMethod,
  Ssh2KeyboardInteractiveAuth,
  Ssh2PasswordAuth,
  Ssh2PrivateKeyAuth,
} from "./auth-method.ts";
import { agentOf, type Identity, listAgentIdentities } from "./identity.ts";
import { type Ask, defaultAttempts, loadIdentity, UnusableKeyError } from "./key-file-identity.ts";

/** One of the caller's methods, tried as often as it has something new to offer. */
interface Candidate {
  /** As servers call it. */
  readonly method: "none" | "password" | "publickey" | "keyboard-interactive";
  /** Whether its first attempt bothers a person. */
  readonly asks: boolean;
  /** The next attempt; `undefined` when nothing is left. */
  next(): Promise<AnyAuthMethod | undefined>;
}

/** What logging in needs of the connection attempt around it. */
export interface LoginHooks {
  /** Runs what asks a person. */
  readonly ask: Ask;
  /** Ends the attempt with what a person's callback threw. */
  readonly fail: (error: unknown) => void;
  /** Awaited once, before the first request. */
  readonly start: () => Promise<void>;
}

/**
 * Logs in with the caller's methods in their order, as far as the server takes them; after a partial success methods
 * that were passed over come into their own.
 *
 * The first request names a real method where that bothers nobody, which saves a round trip; otherwise it is `none`,
 * to learn what the server takes before a person is asked.
 */
export class Authenticator {
  /** For ssh2's `authHandler`. */
  readonly handler: AuthHandlerMiddleware;
  readonly #username: string;
  readonly #ask: Ask;
  readonly #fail: (error: unknown) => void;
  readonly #left: Candidate[];
  readonly #tried: string[] = [];
  readonly #offered = new Set<string>();
  #serverTakes: readonly string[] | undefined;
  #noneTried = false;

  constructor(username: string, methods: readonly Ssh2AuthMethod[], { ask, fail, start }: LoginHooks) {
    this.#username = username;
    this.#ask = ask;
    this.#fail = fail;
    let started: Promise<void> | undefined;
    this.#left = methods.map((method) => this.#candidate(method));
    this.handler = (serverTakes, _partialSuccess, next): void => {
      this.#serverTakes = serverTakes ?? undefined;
      started ??= start();
      started
        .then(() => this.#next())
        .then((method) => {
          // ssh2 takes `false` for "no more"; its types do not say so.
          Reflect.apply(next, undefined, [method ?? false]);
        })
        .catch(fail);
    };
  }

  /** What was tried with what, in order, and why some was not; for people. */
  get tried(): readonly string[] {
    return this.#tried;
  }

  /** What the server said it takes; `undefined` until it said. */
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
    return { method: "password", asks: typeof password !== "string", next };
  }

  /** One attempt for each key, keys that were offered before left out. */
  #keys(list: () => Promise<readonly Identity[]>): Candidate {
    let identities: Identity[] | undefined;
    const next = async (): Promise<AnyAuthMethod | undefined> => {
      identities ??= [...(await list())];
      for (let identity = identities.shift(); identity !== undefined; identity = identities.shift()) {
        const id = Buffer.from(identity.blob).toString("base64");
        if (this.#offered.has(id)) continue;
        this.#offered.add(id);
        this.#tried.push(`publickey ${identity.label}`);
        return { type: "agent", username: this.#username, agent: agentOf(this.#noting(identity), this.#fail) };
      }
      return undefined;
    };
    return { method: "publickey", asks: false, next };
  }

  /** ssh2 goes on with the next method when signing fails; here the reason is kept. */
  #noting(identity: Identity): Identity {
    const sign: Identity["sign"] = async (data, hash) => {
      try {
        return await identity.sign(data, hash);
      } catch (error) {
        this.#tried.push(error instanceof Error ? error.message : String(error));
        throw error;
      }
    };
    return { ...identity, sign };
  }

  async #loadKey(method: Ssh2PrivateKeyAuth): Promise<readonly Identity[]> {
    try {
      return [await loadIdentity(method, this.#ask)];
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
      this.#tried.push(error.message);
      return [];
    }
  }

  async #listAgent({ agent, only }: Ssh2AgentAuth): Promise<readonly Identity[]> {
    try {
      const all = await listAgentIdentities(agent);
      if (only === undefined) return all;
      return only.flatMap((blob) => all.filter((identity) => Buffer.compare(identity.blob, blob) === 0));
    } catch (error) {
      this.#tried.push(`the agent: ${error instanceof Error ? error.message : String(error)}`);
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
    return { method: "keyboard-interactive", asks: true, next };
  }
}

function toPrompt({ prompt, echo }: Prompt): { readonly prompt: string; readonly echo: boolean } {
  return { prompt, echo: echo === true };
}
