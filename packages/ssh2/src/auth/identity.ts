import ssh2, {
  type BaseAgent,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from "ssh2";
import type { Ssh2Agent } from "../ssh2-objects.ts";
import { toError } from "../to-error.ts";
import { describeHostKey } from "./host-key.ts";
import { rsaHashes } from "./key-rules.ts";

/** A key that a login can be tried with. The private key may be unavailable until it has to sign. */
export interface Identity {
  /** The public key in wire format. */
  readonly blob: Uint8Array;
  /** The fingerprint and the origin of the key, for messages. */
  readonly label: string;
  sign(data: Buffer, hash: SigningRequestOptions["hash"]): Promise<Buffer>;
}

/** Returns the fingerprint and the origin of a key. */
export function identityLabel(blob: Uint8Array, origin: string): string {
  return `${describeHostKey(blob).fingerprint} (${origin})`;
}

/**
 * Creates an ssh2 agent with one key. ssh2 offers the public key first and asks for a signature only if the server
 * accepts it.
 *
 * @param algorithms those that the key may sign with, at least one; see `allowedAlgorithms`
 * @param fail called with the error that ssh2 throws when it gets a signature
 */
export function agentOf(
  identity: Identity,
  algorithms: readonly string[],
  fail: (error: unknown) => void,
): BaseAgent<ParsedKey> {
  const key = parsePublicKey(identity.blob, algorithms);
  return new (class extends ssh2.BaseAgent<ParsedKey> {
    override getIdentities(callback: IdentityCallback<ParsedKey>): void {
      callback(null, key === undefined ? [] : [key]);
    }

    override sign(
      _publicKey: ParsedKey,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      callback?: SignCallback,
    ): void {
      const chosen = typeof options === "function" ? undefined : options.hash;
      const done = typeof options === "function" ? options : callback;
      identity
        .sign(data, chosen)
        .then(
          (signature) => done?.(null, signature),
          (error: unknown) => done?.(toError(error)),
        )
        .catch(fail);
    }
  })();
}

/**
 * Parses a public key for ssh2. ssh2 1.17 chooses the algorithm of an RSA key by its type, SHA-256 first (`getKeyAlgos`
 * in lib/client.js), and uses every other type as the name of the algorithm.
 */
function parsePublicKey(blob: Uint8Array, algorithms: readonly string[]): ParsedKey | undefined {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(Buffer.from(blob));
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) return undefined;
  const only = algorithms.length === 1 ? algorithms[0] : undefined;
  return only === undefined ? key : Object.create(key, { type: { value: only } });
}

/**
 * Restricts an RSA key to the hashes of `algorithms`. Other keys have one hash and are returned unchanged.
 *
 * @returns the key; `sign` rejects if ssh2 has chosen an algorithm that is not among them
 */
export function restrictHashes(identity: Identity, algorithms: readonly string[]): Identity {
  const hashes = Object.entries(rsaHashes).flatMap(([name, hash]) => (algorithms.includes(name) ? [hash] : []));
  if (hashes.length === 0) return identity;
  const sign: Identity["sign"] = async (data, chosen = hashes[0]) => {
    if (chosen === undefined || hashes.includes(chosen)) return identity.sign(data, chosen);
    throw new Error(`The server requires an RSA signature with ${chosen}, which is not an accepted algorithm`);
  };
  return { ...identity, sign };
}

/**
 * Lists the keys of an agent.
 *
 * @param agent path of its socket, or an agent of ssh2
 * @throws if the agent cannot be reached
 */
export function listAgentIdentities(agent: string | Ssh2Agent): Promise<Identity[]> {
  const reached: BaseAgent = typeof agent === "string" ? ssh2.createAgent(agent) : (agent as BaseAgent);
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
  // ssh2 cannot offer keys that it cannot parse (certificates, security keys).
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
