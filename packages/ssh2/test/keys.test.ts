import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { generateKey } from "@scpkit/test-support/processes";
import { skipWithout } from "@scpkit/test-support/programs";
import { startSshAgent } from "@scpkit/test-support/ssh-agent";
import { readPublicKey, type Ssh2AuthMethod } from "../src/index.ts";
import type { EmbeddedServerOptions } from "./support/embedded-server.ts";
import { checkKey, isAuthentication, logIn, publicKey } from "./support/login.ts";

const skip = skipWithout("ssh-keygen");

/** A server's record of the keys that were offered, and the hashes of the RSA algorithms they were offered with. */
interface Offers {
  readonly keys: string[];
  readonly hashes: (string | undefined)[];
}

function serverFor(path: string, offers: Offers = { keys: [], hashes: [] }): EmbeddedServerOptions {
  return {
    onAuth: (context) => {
      if (context.method === "publickey") {
        const key = context.key.data.toString("base64");
        if (offers.keys.at(-1) !== key) offers.keys.push(key);
        offers.hashes.push(context.hashAlgo);
      }
      if (checkKey(context, new Set([publicKey(path)]))) context.accept();
      else context.reject(["publickey"]);
    },
  };
}

describe("keys", { skip }, () => {
  let folder: string;
  let made = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "scpkit-key-rules-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function make(...options: readonly string[]): string {
    made += 1;
    const path = join(folder, `key${made}`);
    generateKey(path, ["-C", `comment ${made}`, ...options]);
    return path;
  }

  function blob(path: string): Uint8Array {
    return new Uint8Array(Buffer.from(publicKey(path), "base64"));
  }

  async function agentWith(t: TestContext, paths: readonly string[]): Promise<string> {
    const { socket, stop } = await startSshAgent(paths);
    t.after(stop);
    return socket;
  }

  it("of an agent are offered in the agent's order, chosen ones before the others, each once", async (t) => {
    const paths = [1, 2, 3, 4].map(() => make("-t", "ed25519", "-N", ""));
    const [one = "", two = "", three = "", four = ""] = paths;
    const agent = await agentWith(t, paths);
    const offers: Offers = { keys: [], hashes: [] };
    await logIn(serverFor(two, offers), [
      { type: "agent", agent, only: [blob(four), blob(three)] },
      { type: "agent", agent },
    ]);
    assert.deepEqual(offers.keys, [three, four, one, two].map(publicKey));
  });

  it("whose agent has offered them are not loaded from their file", async (t) => {
    const refused = make("-t", "ed25519", "-N", "");
    const wanted = make("-t", "ed25519", "-N", "");
    const agent = await agentWith(t, [refused]);
    const key = (): never => assert.fail("loaded");
    await logIn(serverFor(wanted), [
      { type: "agent", agent },
      { type: "private-key", key, publicKey: blob(refused) },
      { type: "private-key", key: readFileSync(wanted) },
    ]);
  });

  for (const form of ["OpenSSH", "PEM"]) {
    it(`count with their own public half, not with that of another key (${form})`, async () => {
      const options = form === "PEM" ? ["-t", "rsa", "-b", "2048", "-m", "PEM"] : ["-t", "ed25519"];
      for (const passphrase of form === "PEM" ? [""] : ["", "secret"]) {
        const path = make(...options, "-N", passphrase);
        const stale = blob(make("-t", "ed25519", "-N", ""));
        await logIn(serverFor(path), [
          { type: "private-key", key: readFileSync(path), publicKey: stale, passphrase: "secret" },
        ]);
      }
    });
  }

  it("from a file are added to an agent that is to have them, when they sign", async (t) => {
    const forms = [
      ["-t", "ed25519"],
      ["-t", "rsa", "-b", "2048"],
      ["-t", "ecdsa", "-b", "256"],
      ["-t", "ecdsa", "-b", "521", "-m", "PKCS8"],
    ];
    const first = make("-t", "ed25519", "-N", "");
    const agent = await agentWith(t, [first]);
    for (const form of forms) {
      const path = make(...form, "-N", "secret");
      const unused = make(...form, "-N", "");
      await logIn(serverFor(path), [
        { type: "private-key", key: readFileSync(unused), addToAgent: { agent } },
        {
          type: "private-key",
          key: readFileSync(path),
          label: path,
          passphrase: "secret",
          addToAgent: () => ({ agent, lifetimeSeconds: 3600 }),
        },
      ]);
      // The agent signs with it, so that it has the whole key.
      const only = [blob(path)];
      await logIn(serverFor(path), [{ type: "agent", agent, only }]);
      const listed = execFileSync("ssh-add", ["-L"], { env: { ...process.env, SSH_AUTH_SOCK: agent } }).toString();
      assert.ok(!listed.includes(publicKey(unused)));
    }
    const addToAgent = { agent: join(folder, "no-agent") };
    await logIn(serverFor(first), [{ type: "private-key", key: readFileSync(first), addToAgent }]);
  });

  it("without a private half are reported as such", async () => {
    const path = make("-t", "ed25519", "-N", "");
    const auth: Ssh2AuthMethod[] = [{ type: "private-key", key: readFileSync(`${path}.pub`), label: "/k.pub" }];
    await assert.rejects(logIn(serverFor(path), auth), (error) =>
      isAuthentication(error, /not tried: \/k\.pub cannot be used: it holds only a public key/),
    );
  });

  it("that are too short, or of an algorithm that is not accepted, are not offered", async () => {
    const rsa = make("-t", "rsa", "-b", "2048", "-N", "");
    const ed = make("-t", "ed25519", "-N", "");
    const auth: Ssh2AuthMethod[] = [rsa, ed].map((path) => ({ type: "private-key", key: readFileSync(path) }));
    const offers: Offers = { keys: [], hashes: [] };
    await logIn(serverFor(ed, offers), auth, { minRsaBits: 2049 });
    assert.deepEqual(offers.keys, [publicKey(ed)]);
    await logIn(serverFor(rsa), auth, { minRsaBits: 2048 });
    await assert.rejects(
      logIn(serverFor(rsa, offers), auth, { publicKeyAlgorithms: ["ssh-ed25519", "ecdsa-sha2-nistp256"] }),
      (error) => isAuthentication(error, /no accepted signature algorithm is for keys of type "ssh-rsa"/),
    );
    assert.deepEqual(offers.keys, [publicKey(ed)]);
  });

  it("of a server that are too short are rejected", async () => {
    const rsa = make("-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "");
    const server: EmbeddedServerOptions = { hostKeys: [readFileSync(rsa)], onAuth: (context) => context.accept() };
    await logIn(server, [], { minRsaBits: 2048 });
    await assert.rejects(
      logIn(server, [], { minRsaBits: 2049 }),
      /host key .* 2048 bits, and at least 2049 are required/,
    );
  });

  it("of type RSA sign with an accepted algorithm only", async () => {
    const rsa = make("-t", "rsa", "-b", "2048", "-N", "");
    const auth: Ssh2AuthMethod[] = [{ type: "private-key", key: readFileSync(rsa) }];
    for (const hash of ["sha256", "sha512"]) {
      const offers: Offers = { keys: [], hashes: [] };
      await logIn(serverFor(rsa, offers), auth, {
        publicKeyAlgorithms: ["ssh-ed25519", hash.replace("sha", "rsa-sha2-")],
      });
      assert.deepEqual([...new Set(offers.hashes)], [hash]);
    }
    await assert.rejects(logIn(serverFor(rsa), auth, { publicKeyAlgorithms: ["ssh-rsa"] }), (error) =>
      isAuthentication(error, /an RSA signature with sha256, which is not an accepted algorithm/),
    );
  });

  it("show their public half in every form of file that has it", () => {
    const ed = make("-t", "ed25519", "-N", "secret");
    const rsa = make("-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "");
    const ecdsa = make("-t", "ecdsa", "-m", "PKCS8", "-N", "");
    const locked = make("-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret");
    for (const path of [ed, rsa, ecdsa]) assert.deepEqual(readPublicKey(readFileSync(path)), blob(path));
    assert.equal(readPublicKey(readFileSync(locked)), undefined);
    const line = readFileSync(`${ed}.pub`, "utf8");
    const rfc4716 = execFileSync("ssh-keygen", ["-e", "-f", `${ed}.pub`]);
    for (const good of [line, `# my key\n\n${line}`, `garbage\n${line}`, line.replace(/\n$/, "\r\n")]) {
      assert.deepEqual(readPublicKey(Buffer.from(good)), blob(ed), String(good));
    }
    for (const bad of [
      "",
      "garbage here",
      rfc4716,
      `restrict ${line}`,
      Buffer.from(line, "utf16le"),
      "ssh-ed25519 AAAA x",
    ]) {
      assert.equal(readPublicKey(Buffer.from(bad)), undefined, String(bad));
    }
  });
});
