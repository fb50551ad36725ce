import ssh2, { type AuthContext, type PublicKeyAuthContext } from "ssh2";
import type { Ssh2LoginAttempt, SshServerOptions } from "./server-options.ts";

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
  #failures = 0;
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

  /** Answers one attempt. Never rejects. */
  async answer(context: AuthContext): Promise<void> {
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
    if (context.method !== "publickey" || context.signature !== undefined) this.#session = session;
    context.accept();
  }

  #refuse(context: AuthContext): void {
    // A client that only asks for the methods has not tried anything.
    if (context.method !== "none") this.#failures += 1;
    context.reject([...this.#methods]);
    if (this.#failures >= (this.#options.maxAuthTries ?? 6)) this.#peer.cut();
  }

  async #decide(context: AuthContext): Promise<S | undefined> {
    const { remoteAddress } = this.#peer;
    const { username } = context;
    if (context.method === "password" && this.#methods.includes("password")) {
      return this.#options.authenticate({ method: "password", username, password: context.password, remoteAddress });
    }
    if (context.method !== "publickey" || !this.#methods.includes("publickey") || !isProven(context)) return undefined;
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

/** Whether the client has signed with the key, or only asks about it. A signature over SHA-1 proves nothing. */
function isProven(context: PublicKeyAuthContext): boolean {
  const key = ssh2.utils.parseKey(context.key.data);
  if (key instanceof Error || Array.isArray(key) || key.type !== context.key.algo) return false;
  if (key.type === "ssh-dss" || (key.type === "ssh-rsa" && context.hashAlgo === undefined)) return false;
  if (context.signature === undefined) return true;
  if (context.blob === undefined) return false;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}
