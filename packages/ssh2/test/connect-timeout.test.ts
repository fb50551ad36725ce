import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect } from "../src/index.ts";
import { startEmbedded } from "./support/embedded-server.ts";

// A login that takes longer than the limit for the key exchange.
const limitMs = 1_000;
const waitMs = 1_200;

function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), waitMs));
}

describe("connectTimeoutMs", () => {
  it("ends with the key exchange: a server may take its time over the login, and so may a person", async (t) => {
    const server = await startEmbedded({
      onAuth: (context) => {
        if (context.method !== "password") context.reject(["password"]);
        else void later(undefined).then(() => context.accept());
      },
    });
    t.after(() => server.stop());
    const connection = await connect({
      host: "127.0.0.1",
      port: server.port,
      username: "bob",
      connectTimeoutMs: limitMs,
      auth: [{ type: "password", password: () => later("secret") }],
      verifyHostKey: () => later(true),
    });
    await connection.close();
    assert.equal(await connection.closed, undefined);
  });
});
