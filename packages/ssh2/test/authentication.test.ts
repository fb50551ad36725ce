import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ScpConnectionError } from "@scpkit/core";
import { generateKey } from "@scpkit/test-support/processes";
import { skipWithout } from "@scpkit/test-support/programs";
import { startSshAgent } from "@scpkit/test-support/ssh-agent";
import type { Ssh2AuthMethod } from "../src/index.ts";
import type { EmbeddedServerOptions } from "./support/embedded-server.ts";
import { checkKey, isAuthentication, type Known, logIn, publicKey } from "./support/login.ts";

const skip = skipWithout("ssh-keygen");

describe("passwords", () => {
  const server: EmbeddedServerOptions = {
    onAuth: (context) => {
      if (context.method === "password" && context.password === "secret") context.accept();
      else context.reject(["password"]);
    },
  };

  it("sends a given password without asking what the server takes", async () => {
    assert.deepEqual(await logIn(server, [{ type: "password", password: "secret" }]), ["password"]);
  });

  it("asks a person again after a wrong one", async () => {
    const attempts: number[] = [];
    const password = ({ attempt, username }: { attempt: number; username: string }): string => {
      assert.equal(username, "bob");
      attempts.push(attempt);
      return attempt === 2 ? "secret" : "wrong";
    };
    assert.deepEqual(await logIn(server, [{ type: "password", password }]), ["none", "password", "password"]);
    assert.deepEqual(attempts, [1, 2]);
  });

  it("asks three times, or as often as it is told to", async () => {
    for (const [attempts, times] of [
      [undefined, 3],
      [1, 1],
      [5, 5],
      [0, 0],
    ] as const) {
      let asked = 0;
      const password = (): string => `wrong ${++asked}`;
      await assert.rejects(logIn(server, [{ type: "password", password, attempts }]), (error) =>
        isAuthentication(error),
      );
      assert.equal(asked, times);
    }
  });

  it("does not ask a person when the server takes no passwords", async () => {
    const refusing: EmbeddedServerOptions = { onAuth: (context) => context.reject(["publickey"]) };
    const password = (): string => assert.fail("asked");
    await assert.rejects(logIn(refusing, [{ type: "password", password }]), (error) => {
      assert.deepEqual(error instanceof ScpConnectionError && error.authMethods, ["publickey"]);
      return isAuthentication(error, /"bob"/, /tried none/, /the server accepts "publickey"/);
    });
  });

  it("gives up when the person does", async () => {
    await assert.rejects(logIn(server, [{ type: "password", password: async () => undefined }]), (error) => {
      assert.match(error instanceof ScpConnectionError ? error.hint : "", /No key or password was available/);
      return isAuthentication(error, /tried none/);
    });
  });

  it("rejects with what the question threw", async () => {
    const reason = new Error("Interrupted");
    const password = async (): Promise<string> => {
      throw reason;
    };
    await assert.rejects(logIn(server, [{ type: "password", password }]), reason);
  });
});

describe("several methods", () => {
  it("comes back to a method passed over before a partial success", async () => {
    let keyboardDone = false;
    const server: EmbeddedServerOptions = {
      onAuth: (context) => {
        if (context.method === "keyboard-interactive") {
          context.prompt([{ prompt: "Code: ", echo: false }], (answers) => {
            keyboardDone = answers[0] === "42";
            context.reject(["password"], true);
          });
        } else if (context.method === "password" && keyboardDone) context.accept();
        else context.reject(["keyboard-interactive"]);
      },
    };
    const requests = await logIn(server, [
      { type: "password", password: () => "secret" },
      {
        type: "keyboard-interactive",
        answer: ({ prompts }) => {
          assert.deepEqual(prompts, [{ prompt: "Code: ", echo: false }]);
          return ["42"];
        },
      },
    ]);
    assert.deepEqual(requests, ["none", "keyboard-interactive", "password"]);
  });

  it("lets a server without login in", async () => {
    const server: EmbeddedServerOptions = {
      onAuth: (context) => (context.method === "none" ? context.accept() : context.reject([])),
    };
    assert.deepEqual(await logIn(server, []), ["none"]);
    assert.deepEqual(await logIn(server, [{ type: "none" }]), ["none"]);
    assert.deepEqual(await logIn(server, [{ type: "password", password: "x" }]), ["password", "none"]);
  });
});

describe("keyboard-interactive", () => {
  it("asks again after a wrong answer and gives up when the person does", async () => {
    const server: EmbeddedServerOptions = {
      onAuth: (context) => {
        if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
        context.prompt([{ prompt: "First", echo: true }, "Second"], "Title", "Do it", (answers) => {
          if (answers.join() === "a,b") context.accept();
          else context.reject(["keyboard-interactive"]);
        });
      },
    };
    const asked: string[] = [];
    await logIn(server, [
      {
        type: "keyboard-interactive",
        answer: async ({ name, instructions, attempt }) => {
          asked.push(`${name} ${instructions} ${attempt}`);
          return attempt === 1 ? ["a", "c"] : ["a", "b"];
        },
      },
    ]);
    assert.deepEqual(asked, ["Title Do it 1", "Title Do it 2"]);
    await assert.rejects(logIn(server, [{ type: "keyboard-interactive", answer: () => undefined }]), (error) =>
      isAuthentication(error, /tried keyboard-interactive;/),
    );
  });
});

describe("keys", { skip }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "scpkit-keys-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function serverFor(...paths: readonly string[]): EmbeddedServerOptions {
    const known: Known = new Set(paths.map(publicKey));
    return {
      onAuth: (context) => (checkKey(context, known) ? context.accept() : context.reject(["publickey"])),
    };
  }

  let made = 0;
  function make(...options: readonly string[]): string {
    made += 1;
    const path = join(folder, `key${made}`);
    generateKey(path, options);
    return path;
  }

  const forms: readonly (readonly [string, readonly string[]])[] = [
    ["ed25519", ["-t", "ed25519"]],
    ["rsa", ["-t", "rsa", "-b", "2048"]],
    ["rsa in PEM", ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
    ["rsa in PKCS#8", ["-t", "rsa", "-b", "2048", "-m", "PKCS8"]],
    ["ecdsa 256", ["-t", "ecdsa", "-b", "256"]],
    ["ecdsa 384", ["-t", "ecdsa", "-b", "384"]],
    ["ecdsa 521", ["-t", "ecdsa", "-b", "521"]],
    ["ecdsa in PEM", ["-t", "ecdsa", "-b", "256", "-m", "PEM"]],
    ["ecdsa in PKCS#8", ["-t", "ecdsa", "-b", "384", "-m", "PKCS8"]],
  ];
  for (const [name, options] of forms) {
    it(`logs in with ${name}`, async () => {
      const path = make(...options, "-N", "");
      await logIn(serverFor(path), [{ type: "private-key", key: readFileSync(path) }]);
    });
    it(`logs in with encrypted ${name}`, async () => {
      const path = make(...options, "-N", "pass phrase");
      const key = readFileSync(path, "utf8");
      await logIn(serverFor(path), [{ type: "private-key", key, passphrase: "pass phrase" }]);
    });
  }

  it("signs with every ecdsa key OpenSSH makes, also those with a leading zero", async () => {
    for (let count = 0; count < 6; count += 1) {
      const path = make("-t", "ecdsa", "-b", "256", "-N", "");
      await logIn(serverFor(path), [{ type: "private-key", key: readFileSync(path) }]);
    }
  });

  it("asks for a passphrase only when the server takes the key", async () => {
    const wanted = make("-t", "ed25519", "-N", "right");
    const unwanted = make("-t", "ed25519", "-N", "other");
    const asked: string[] = [];
    const method = (path: string): Ssh2AuthMethod => ({
      type: "private-key",
      key: async () => readFileSync(path),
      label: path,
      passphrase: ({ label, attempt }) => {
        asked.push(`${label} ${attempt}`);
        return attempt === 1 ? "wrong" : "right";
      },
    });
    await logIn(serverFor(wanted), [method(unwanted), method(wanted)]);
    assert.deepEqual(asked, [`${wanted} 1`, `${wanted} 2`]);
  });

  it("loads a key when its turn comes, and no sooner", async () => {
    const path = make("-t", "ed25519", "-N", "");
    const key = (): never => assert.fail("loaded");
    await logIn(serverFor(path), [
      { type: "private-key", key: readFileSync(path) },
      { type: "private-key", key },
    ]);
  });

  it("goes on after keys that cannot be used, and tells about them in the end", async () => {
    const locked = make("-t", "ed25519", "-N", "secret");
    const refused = make("-t", "ed25519", "-N", "");
    const auth: readonly Ssh2AuthMethod[] = [
      { type: "private-key", label: "/gone", key: () => Promise.reject(new Error("ENOENT: no such file")) },
      { type: "private-key", label: "/garbage", key: "not a key" },
      { type: "private-key", label: "/locked", key: readFileSync(locked) },
      { type: "private-key", label: "/refused", key: readFileSync(refused) },
      { type: "private-key", label: "/twice", key: readFileSync(refused) },
    ];
    await assert.rejects(
      logIn(serverFor(locked), auth),
      (error) =>
        isAuthentication(
          error,
          /\/gone could not be read: ENOENT/,
          /\/garbage cannot be used/,
          /\/locked is encrypted and no passphrase was provided/,
          /publickey SHA256:\S+ \(\/refused\)/,
        ) &&
        error instanceof Error &&
        !/twice/.test(error.message),
    );
  });

  it("rejects with what the passphrase question threw", async () => {
    const path = make("-t", "ed25519", "-N", "secret");
    const reason = new Error("Interrupted");
    const passphrase = async (): Promise<string> => {
      throw reason;
    };
    await assert.rejects(
      logIn(serverFor(path), [{ type: "private-key", key: readFileSync(path), passphrase }]),
      reason,
    );
  });

  it("uses an agent's keys, all or chosen ones", async (t) => {
    const paths = [
      make("-t", "ed25519", "-N", ""),
      make("-t", "ecdsa", "-N", ""),
      make("-t", "rsa", "-b", "2048", "-N", ""),
    ];
    const { socket, stop } = await startSshAgent(paths);
    t.after(stop);
    for (const path of paths) await logIn(serverFor(path), [{ type: "agent", agent: socket }]);
    const [first, second] = paths;
    assert.ok(first !== undefined && second !== undefined);
    const only = [Buffer.from(publicKey(second), "base64")];
    assert.deepEqual(await logIn(serverFor(second), [{ type: "agent", agent: socket, only }]), [
      "publickey",
      "publickey",
    ]);
    await assert.rejects(logIn(serverFor(first), [{ type: "agent", agent: socket, only }]), (error) =>
      isAuthentication(error, /publickey SHA256:\S+ \(agent, "/),
    );
  });

  it("goes on when the agent cannot be reached", async () => {
    const path = make("-t", "ed25519", "-N", "");
    await logIn(serverFor(path), [
      { type: "agent", agent: join(folder, "no-agent") },
      { type: "private-key", key: readFileSync(path) },
    ]);
  });
});
