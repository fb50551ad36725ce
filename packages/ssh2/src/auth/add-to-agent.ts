import type { KeyObject } from "node:crypto";
import { createConnection } from "node:net";
import type { PrivateKey } from "./private-key.ts";
import { mpint, wireStrings } from "./wire.ts";

/** Options for adding a key to an agent, as `AddKeysToAgent` of ssh_config(5). */
export interface Ssh2AddToAgent {
  /** Path of the agent's socket (a named pipe on Windows). */
  readonly agent: string;
  /** Seconds after which the agent removes the key, 1 to 2^32 - 1. @default never */
  readonly lifetimeSeconds?: number | undefined;
  /** Whether the agent asks before each use of the key. @default false */
  readonly confirm?: boolean | undefined;
}

// draft-ietf-sshm-ssh-agent, sections 3.2 and 3.2.7
const addIdentity = 17;
const addIdentityConstrained = 25;
const constrainLifetime = 1;
const constrainConfirm = 2;
const success = 6;

/**
 * Adds a private key to an agent.
 *
 * @param comment the key's name in the agent
 * @throws if the agent cannot be reached or does not accept the key
 */
export async function addToAgent(key: PrivateKey, comment: string, options: Ssh2AddToAgent): Promise<void> {
  const { agent, lifetimeSeconds, confirm = false } = options;
  const constraints: Buffer[] = [];
  if (lifetimeSeconds !== undefined) {
    const lifetime = Buffer.alloc(5);
    lifetime[0] = constrainLifetime;
    lifetime.writeUInt32BE(lifetimeSeconds, 1);
    constraints.push(lifetime);
  }
  if (confirm) constraints.push(Buffer.of(constrainConfirm));
  const type = constraints.length === 0 ? addIdentity : addIdentityConstrained;
  const body = wireStrings(...privateParts(key.keyObject()), Buffer.from(comment));
  const answer = await request(agent, Buffer.concat([Buffer.of(type), body, ...constraints]));
  if (answer !== success) throw new Error("The agent did not accept the key");
}

/** Returns the strings of a private key in the agent's format (draft-ietf-sshm-ssh-agent, section 3.2). */
function privateParts(key: KeyObject): Uint8Array[] {
  const { crv, d, x, y, n, e, p, q, qi } = key.export({ format: "jwk" });
  const part = (value: string | undefined): Buffer => Buffer.from(value ?? "", "base64url");
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return [Buffer.from("ssh-ed25519"), part(x), Buffer.concat([part(d), part(x)])];
    case "rsa":
      return [Buffer.from("ssh-rsa"), ...[n, e, d, qi, p, q].map((value) => mpint(part(value)))];
    default: {
      const curve = `nistp${String(crv).slice(2)}`;
      const point = Buffer.concat([Buffer.of(4), part(x), part(y)]);
      return [Buffer.from(`ecdsa-sha2-${curve}`), Buffer.from(curve), point, mpint(part(d))];
    }
  }
}

/** Sends one message to the agent. Returns the type of the reply. */
function request(agent: string, message: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(agent);
    const answer: number[] = [];
    socket.on("data", (chunk: Buffer) => {
      answer.push(...chunk);
      // The length, then the type.
      const type = answer[4];
      if (type === undefined) return;
      resolve(type);
      socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("The agent closed the connection")));
    socket.write(wireStrings(message));
  });
}
