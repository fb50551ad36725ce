import ssh2, { type AuthContext, type PublicKeyAuthContext } from "ssh2";
import { defaultAlgorithms } from "../algorithms.ts";
import type { Ssh2LoginAttempt, SshServerOptions } from "./server-options.ts";

/** Attempts of every kind that one connection may make, as in `input_userauth_request` of OpenSSH's auth2.c. */
const maxAttempts = 1024;

/** What a login needs to know of its connection. */
export interface LoginPeer {
  readonly remoteAddress: string | undefined;
  /** Ends the connection: too many tries. */
  cut(): void;
}

/** The login of one connection. */
export class ServerLogin<S extends object> {
  readonly #options: SshServerOptions<S>;
  readonly #methods: readonly Ssh2LoginAttempt["method"][];
  readonly #peer: LoginPeer;
  #attempts = 0;
  #failures = 0;
  #ended = false;
  #session: S | undefined;
  #known: { readonly username: string; readonly publicKey: Uint8Array; readonly session: S } | undefined;

  constructor(options: SshServerOptions<S>, peer: LoginPeer) {
    this.#options = options;
    this.#methods = options.methods ?? ["publickey"];
    this.#peer = peer;
  }

  /** Who is logged in. */
  get session(): S | undefined {
    return this.#session;
  }

  /** Answers one attempt; those that were sent ahead are left alone once the login has ended. Never rejects. */
  async answer(context: AuthContext): Promise<void> {
    if (this.#ended) return;
    this.#attempts += 1;
    if (this.#attempts > maxAttempts) {
      this.#ended = true;
      this.#peer.cut();
      return;
    }
    let session: S | undefined;
    try {
      session = await this.#decide(context);
    } catch (error) {
      this.#options.onError?.(error);
    }
    // ssh2 throws here when the client has gone meanwhile.
    try {
      if (session === undefined) this.#refuse(context);
      else this.#accept(context, session);
    } catch (error) {
      this.#options.onError?.(error);
    }
  }

  #accept(context: AuthContext, session: S): void {
    // Without a signature this only asks whether the key would do.
    if (context.method !== "publickey" || context.signature !== undefined) {
      this.#session = session;
      this.#ended = true;
    }
    context.accept();
  }

  #refuse(context: AuthContext): void {
    // A client that asks once for the methods has not tried anything.
    if (context.method !== "none" || this.#attempts > 1) this.#failures += 1;
    // Before the answer: with it ssh2 hands over the next attempt that was sent ahead.
    this.#ended = this.#failures >= (this.#options.maxAuthTries ?? 6);
    context.reject([...this.#methods]);
    if (this.#ended) this.#peer.cut();
  }

  async #decide(context: AuthContext): Promise<S | undefined> {
    const { remoteAddress } = this.#peer;
    const { username } = context;
    if (context.method === "password" && this.#methods.includes("password")) {
      return this.#options.authenticate({ method: "password", username, password: context.password, remoteAddress });
    }
    if (context.method !== "publickey" || !this.#methods.includes("publickey")) return undefined;
    if (!isProven(context, this.#options.publicKeyAlgorithms ?? defaultAlgorithms.hostKey)) return undefined;
    const publicKey = new Uint8Array(context.key.data);
    const known = this.#known;
    // The key was asked about before it was used.
    if (known !== undefined && known.username === username && Buffer.compare(known.publicKey, publicKey) === 0) {
      return known.session;
    }
    const session = await this.#options.authenticate({ method: "publickey", username, publicKey, remoteAddress });
    if (session !== undefined) this.#known = { username, publicKey, session };
    return session;
  }
}

/** Whether the client has signed with the key and an accepted algorithm, or only asks about them. */
function isProven(context: PublicKeyAuthContext, accepted: readonly string[]): boolean {
  const { data, algo } = context.key;
  const key = ssh2.utils.parseKey(data);
  if (key instanceof Error || Array.isArray(key) || key.type !== algo || algo === "ssh-dss") return false;
  // ssh2 hands over RSA's newer algorithms as the key type and a hash.
  const algorithm = context.hashAlgo === undefined ? algo : `rsa-sha2-${context.hashAlgo.replace("sha", "")}`;
  if (!accepted.includes(algorithm)) return false;
  if (context.signature === undefined) return true;
  if (context.blob === undefined) return false;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}
