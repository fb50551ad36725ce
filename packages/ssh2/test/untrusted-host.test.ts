import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import ssh2 from "ssh2";
import { connect, type Ssh2AuthMethod } from "../src/index.ts";
import { type EmbeddedServer, type EmbeddedServerOptions, startEmbedded } from "./support/embedded-server.ts";
import { isAuthentication, logIn } from "./support/login.ts";

const secrets: readonly Ssh2AuthMethod[] = [
  { type: "password", password: "secret" },
  { type: "password", password: () => assert.fail("asked for a password") },
  { type: "keyboard-interactive", answer: () => assert.fail("asked for answers") },
];

describe("a host key that is accepted without secrets", () => {
  it("gets no password and no answers", async () => {
    const requests: string[] = [];
    const server: EmbeddedServerOptions = {
      onAuth: (context) => {
        requests.push(context.method);
        context.reject(["password", "keyboard-interactive"]);
      },
    };
    await assert.rejects(logIn(server, secrets, { verifyHostKey: () => "without-secrets" }), (error) =>
      isAuthentication(error, /not tried: password: the host key is not trusted; .*keyboard-interactive: the host key/),
    );
    assert.deepEqual(requests, ["none"]);
  });

  it("gets no agent, although one is to be forwarded", async (t) => {
    const agent = new (class extends ssh2.BaseAgent<Buffer> {
      override getIdentities(callback: (error: null, keys: Buffer[]) => void): void {
        callback(null, []);
      }
      override sign(): void {}
    })();
    const asked: boolean[] = [];
    for (const verdict of [true, "without-secrets"] as const) {
      let requested = false;
      const server = await start(t, {
        onSession: (session) => {
          session.on("auth-agent", (accept) => {
            requested = true;
            accept?.();
          });
          session.on("exec", (accept) => {
            const channel = accept();
            channel.exit(0);
            channel.end();
          });
        },
      });
      const { port } = server;
      const options = { host: "127.0.0.1", port, username: "bob", forwardAgent: agent, verifyHostKey: () => verdict };
      const connection = await connect(options);
      const channel = await connection.exec("true");
      await channel.closed;
      await connection.close();
      asked.push(requested);
    }
    assert.deepEqual(asked, [true, false]);
  });
});

async function start(t: TestContext, options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const server = await startEmbedded(options);
  t.after(() => server.stop());
  return server;
}
