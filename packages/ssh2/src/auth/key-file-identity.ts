import { quoteText } from "@scpkit/core/engine";
import { addToAgent } from "./add-to-agent.ts";
import type { Ssh2PassphraseRequest, Ssh2PrivateKeyAuth } from "./auth-method.ts";
import { firstString } from "./host-key.ts";
import { type Identity, identityLabel } from "./identity.ts";
import { type PrivateKey, readPrivateKey, readPublicHalf } from "./private-key.ts";
import { isSupportedKey } from "./public-key.ts";

/** How often a person is asked, as OpenSSH's NumberOfPasswordPrompts. */
export const defaultAttempts = 3;

/** Thrown if a key cannot be used; the message states why. */
export class UnusableKeyError extends Error {
  override readonly name = "UnusableKeyError";
}

/**
 * Runs a callback that asks a person. Its time counts against no limit. An error that it throws ends the connection
 * attempt.
 */
export type Ask = <T>(question: () => T | PromiseLike<T>) => Promise<T>;

/**
 * Creates an identity from a private key. Asks for the passphrase as late as the format allows.
 *
 * The public key in the key itself takes precedence over `method.publicKey`, which may come from the file of another
 * key.
 *
 * @throws {UnusableKeyError}
 */
export async function loadIdentity(method: Ssh2PrivateKeyAuth, ask: Ask): Promise<Identity> {
  const label = method.label ?? "private key";
  const data = await load(method, label);
  const open = readPrivateKey(data, undefined);
  if ("sign" in open) return toIdentity(open, method, label);
  const publicHalf = readPublicHalf(data) ?? method.publicKey;
  if (publicHalf !== undefined && !isSupportedKey(publicHalf)) {
    throw new UnusableKeyError(
      `${label} cannot be used: keys of type ${quoteText(firstString(publicHalf))} are not supported`,
    );
  }
  if (open.problem === "unsupported") throw new UnusableKeyError(`${label} cannot be used: ${open.message}`);
  if (publicHalf === undefined) return toIdentity(await unlock(data, method, label, ask), method, label);
  let unlocked: Promise<Identity> | undefined;
  return {
    blob: publicHalf,
    label: identityLabel(publicHalf, label),
    async sign(bytes, hash): Promise<Buffer> {
      unlocked ??= unlock(data, method, label, ask).then((key) => toIdentity(key, method, label));
      return (await unlocked).sign(bytes, hash);
    },
  };
}

/** Adds the key to the agent before it signs for the first time, as ssh does. */
function toIdentity(key: PrivateKey, method: Ssh2PrivateKeyAuth, label: string): Identity {
  let added: Promise<void> | undefined;
  return {
    blob: key.blob,
    label: identityLabel(key.blob, label),
    async sign(bytes, hash): Promise<Buffer> {
      added ??= addIfWanted(key, method, label);
      await added;
      return key.sign(bytes, hash);
    },
  };
}

async function addIfWanted(key: PrivateKey, { addToAgent: wanted }: Ssh2PrivateKeyAuth, label: string): Promise<void> {
  const options = typeof wanted === "function" ? await wanted() : wanted;
  // The login does not need the agent, so it continues if the agent does not accept the key.
  if (options !== undefined) await addToAgent(key, key.comment || label, options).catch(() => {});
}

async function load(method: Ssh2PrivateKeyAuth, label: string): Promise<Uint8Array> {
  let data: Uint8Array | string | undefined;
  try {
    data = typeof method.key === "function" ? await method.key() : method.key;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableKeyError(`${label} could not be read: ${reason}`, { cause: error });
  }
  if (data === undefined) throw new UnusableKeyError(`${label} was not provided`);
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

async function unlock(data: Uint8Array, method: Ssh2PrivateKeyAuth, label: string, ask: Ask): Promise<PrivateKey> {
  const { attempts = defaultAttempts } = method;
  let passphrase: string | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const key = readPrivateKey(data, passphrase);
    if ("sign" in key) return key;
    if (key.problem === "unsupported") throw new UnusableKeyError(`${label} cannot be used: ${key.message}`);
    const given = attempt <= attempts ? await passphraseFor(method.passphrase, { label, attempt }, ask) : undefined;
    if (given === undefined) {
      const reason = key.problem === "encrypted" ? "no passphrase was provided" : "the passphrase is wrong";
      throw new UnusableKeyError(`${label} is encrypted and ${reason}`);
    }
    passphrase = given;
  }
}

async function passphraseFor(
  source: Ssh2PrivateKeyAuth["passphrase"],
  request: Ssh2PassphraseRequest,
  ask: Ask,
): Promise<string | undefined> {
  if (typeof source === "function") return ask(() => source(request));
  return request.attempt === 1 ? source : undefined;
}
