import ssh2, { type AuthContext, type PublicKeyAuthContext } from "ssh2";
import { defaultAlgorithms } from "../algorithms.ts";
import type { Ssh2LoginAttempt, SshServerOptions } from "./server-options.ts";

/**
 * The maximum number of attempts of all kinds on one connection, as in `input_userauth_request` of OpenSSH's auth2.c.
 */
const maxAttempts = 1024;

/** The connection of a login. */
export interface LoginPeer {
  readonly remoteAddress: string | undefined;
  /** Ends the connection after too many attempts. */
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

  /** The object that identifies the logged-in user. */
  get session(): S | undefined {
    return this.#session;
  }

  /** Answers one attempt. Attempts that were sent ahead are ignored once the login has ended. Never rejects. */
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
    // ssh2 throws here if the client has disconnected meanwhile.
    try {
      if (session === undefined) this.#refuse(context);
      else this.#accept(context, session);
    } catch (error) {
      this.#options.onError?.(error);
    }
  }

  #accept(context: AuthContext, session: S): void {
    // Without a signature the client only asks whether the key would be accepted.
    if (context.method !== "publickey" || context.signature !== undefined) {
      this.#session = session;
      this.#ended = true;
    }
    context.accept();
  }

  #refuse(context: AuthContext): void {
    // A first request of "none" only asks for the methods and does not count.
    if (context.method !== "none" || this.#attempts > 1) this.#failures += 1;
    // Set before the answer: during the answer ssh2 passes on the next attempt that was sent ahead.
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
    // The client has already asked about the key.
    if (known !== undefined && known.username === username && Buffer.compare(known.publicKey, publicKey) === 0) {
      return known.session;
    }
    const session = await this.#options.authenticate({ method: "publickey", username, publicKey, remoteAddress });
    if (session !== undefined) this.#known = { username, publicKey, session };
    return session;
  }
}

/** Returns whether the client has signed with the key and an accepted algorithm, or only asks about them. */
function isProven(context: PublicKeyAuthContext, accepted: readonly string[]): boolean {
  const { data, algo } = context.key;
  const key = ssh2.utils.parseKey(data);
  if (key instanceof Error || Array.isArray(key) || key.type !== algo || algo === "ssh-dss") return false;
  // ssh2 passes the newer RSA algorithms as the key type and a hash.
  const algorithm = context.hashAlgo === undefined ? algo : `rsa-sha2-${context.hashAlgo.replace("sha", "")}`;
  if (!accepted.includes(algorithm)) return false;
  if (context.signature === undefined) return true;
  if (context.blob === undefined) return false;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}
