import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import ssh2, { type Client } from "ssh2";

/** Returns the ssh2 clients that connect during the test, in their order. */
export function watchClients(t: TestContext): readonly Client[] {
  const clients: Client[] = [];
  const { connect: original } = ssh2.Client.prototype;
  ssh2.Client.prototype.connect = function (this: Client, config) {
    clients.push(this);
    return original.call(this, config);
  };
  t.after(() => {
    ssh2.Client.prototype.connect = original;
  });
  return clients;
}

function protocolOf(client: Client | undefined): object {
  assert.ok(client !== undefined);
  const protocol: unknown = Reflect.get(client, "_protocol");
  assert.ok(typeof protocol === "object" && protocol !== null);
  return protocol;
}

/** Starts a key exchange; ssh2 has no public method for it on the client's side. */
export function rekey(client: Client | undefined): void {
  const protocol = protocolOf(client);
  const start: unknown = Reflect.get(protocol, "rekey");
  assert.ok(typeof start === "function");
  Reflect.apply(start, protocol, []);
}

/** Gives ssh2's host verifier other arguments from now on. */
export function changeHostKeyCheck(
  client: Client | undefined,
  change: (key: Buffer, verify: (accepted: boolean) => void) => readonly [Buffer, (accepted: boolean) => void],
): void {
  const protocol = protocolOf(client);
  const check: unknown = Reflect.get(protocol, "_hostVerifier");
  assert.ok(typeof check === "function");
  Reflect.set(protocol, "_hostVerifier", (key: Buffer, verify: (accepted: boolean) => void) =>
    Reflect.apply(check, undefined, change(key, verify)),
  );
}
