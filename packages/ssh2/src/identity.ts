// @ts-types="npm:@types/ssh2@^1.15"
import ssh2, { type BaseAgent, type IdentityCallback, type SignCallback, type SigningRequestOptions } from "ssh2";
import { describeHostKey } from "./host-key.ts";
import { toError } from "./to-error.ts";

/** One key a login can be tried with. The private half may be out of reach until it has to sign. */
export interface Identity {
  /** The public key as on the wire. */
  readonly blob: Uint8Array;
  /** For messages: fingerprint and where the key comes from. */
  readonly label: string;
  sign(data: Buffer, hash: SigningRequestOptions["hash"]): Promise<Buffer>;
}

/** Fingerprint and origin of a key. */
export function identityLabel(blob: Uint8Array, origin: string): string {
  return `${describeHostKey(blob).fingerprint} (${origin})`;
}

/**
 * An agent of ssh2 that has one key. Through it ssh2 offers the public half first, and has the private half sign
 * only when the server would take it.
 *
 * @param fail receives what ssh2 throws when it is given a signature
 */
export function agentOf(identity: Identity, fail: (error: unknown) => void): BaseAgent<Buffer> {
  return new (class extends ssh2.BaseAgent<Buffer> {
    override getIdentities(callback: IdentityCallback<Buffer>): void {
      callback(null, [Buffer.from(identity.blob)]);
    }

    override sign(
      _publicKey: Buffer,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      callback?: SignCallback,
    ): void {
      const hash = typeof options === "function" ? undefined : options.hash;
      const done = typeof options === "function" ? options : callback;
      identity
        .sign(data, hash)
        .then(
          (signature) => done?.(null, signature),
          (error: unknown) => done?.(toError(error)),
        )
        .catch(fail);
    }
  })();
}

/**
 * The keys an agent has.
 *
 * @param agent path of its socket, or an agent of ssh2
 * @throws when the agent cannot be reached
 */
export function listAgentIdentities(agent: string | BaseAgent): Promise<Identity[]> {
  const reached = typeof agent === "string" ? ssh2.createAgent(agent) : agent;
  return new Promise((resolve, reject) => {
    reached.getIdentities((error, keys) => {
      if (error) reject(error);
      else resolve((keys ?? []).flatMap((key) => agentIdentity(reached, key)));
    });
  });
}

function agentIdentity(agent: BaseAgent, key: unknown): Identity[] {
  const data = isKeyData(key) ? ssh2.utils.parseKey(key) : undefined;
  const parsed = Array.isArray(data) ? data[0] : data;
  // What ssh2 cannot parse (certificates, security keys) it cannot offer either.
  if (parsed === undefined || parsed instanceof Error) return [];
  const blob = new Uint8Array(parsed.getPublicSSH());
  const label = identityLabel(blob, parsed.comment === "" ? "agent" : `agent, ${JSON.stringify(parsed.comment)}`);
  const sign: Identity["sign"] = (bytes, hash) =>
    new Promise((resolve, reject) => {
      agent.sign(parsed, bytes, hash === undefined ? {} : { hash }, (error, signature) => {
        if (signature === undefined) reject(error ?? new Error("The agent did not sign"));
        else resolve(signature);
      });
    });
  return [{ blob, label, sign }];
}

function isKeyData(key: unknown): key is Buffer | string {
  return (
    typeof key === "string" ||
    Buffer.isBuffer(key) ||
    (typeof key === "object" && key !== null && "getPublicSSH" in key)
  );
}
