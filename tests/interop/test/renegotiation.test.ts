import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it, type TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { startOpensshServer } from "../src/openssh-server.ts";
import { type ProgramOutcome, run, scpkitProgram } from "../src/program.ts";
import type { InteropServer } from "../src/workplace.ts";

/** A dozen key exchanges in each copy: sshd starts one for each MiB of either direction. */
const limit = "RekeyLimit 1M";
const bytes = 12 * 1024 * 1024;
const treeFiles = 40;

const bin = join(import.meta.dirname, "..", "..", "..", "node_modules", ".bin");
const runtimes: readonly (readonly [string, string, readonly string[]])[] = [
  ["Node", process.execPath, []],
  ["Bun", join(bin, "bun"), ["--bun"]],
  ["Deno", join(bin, "deno"), ["run", "-A"]],
];

let data: Buffer;

before(() => {
  data = randomBytes(bytes);
});

function hash(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Each file of a folder, with its hash. */
function hashes(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => `${name} ${hash(readFileSync(join(folder, name)))}`);
}

function makeTree(folder: string): void {
  mkdirSync(folder);
  for (let index = 0; index < treeFiles; index += 1) {
    const size = Math.floor(bytes / treeFiles);
    writeFileSync(join(folder, `f${index}`), data.subarray(index * size, (index + 1) * size));
  }
}

function assertDone(outcome: ProgramOutcome): void {
  assert.deepEqual({ code: outcome.code, stderr: outcome.stderr }, { code: 0, stderr: "" });
}

for (const [runtime, program, flags] of runtimes) {
  describe(`the server renegotiates keys while the command on ${runtime} copies`, () => {
    /** A server, and the command for it; `undefined` after the test was skipped. */
    async function setUp(t: TestContext) {
      if (!existsSync(program)) t.skip(`peer missing: ${runtime}`);
      const server = existsSync(program) ? await startOpensshServer(t, "openssh", "ed25519", [limit]) : undefined;
      if (server === undefined) return undefined;
      const env = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
      const copy = (...argv: string[]): Promise<ProgramOutcome> =>
        run(t, program, [...flags, scpkitProgram, ...server.options, ...argv], { env });
      return { ...server.place, server, copy };
    }

    for (const options of runtime === "Deno" ? [[]] : [[], ["-C"]]) {
      it(`a file up, back, and from host to host ${options.join()}`, async (t) => {
        const place = await setUp(t);
        if (place === undefined) return;
        const { server, local, remote, copy } = place;
        writeFileSync(join(local, "f"), data);
        assertDone(await copy(...options, join(local, "f"), `peer:${server.path("up")}`));
        assertDone(await copy(...options, `peer:${server.path("up")}`, `peer:${server.path("relayed")}`));
        assertDone(await copy(...options, `peer:${server.path("relayed")}`, join(local, "back")));
        for (const path of [join(remote, "up"), join(remote, "relayed"), join(local, "back")]) {
          assert.equal(hash(readFileSync(path)), hash(data), path);
        }
      });
    }

    it("a file up and back through a jump host", async (t) => {
      const place = await setUp(t);
      if (place === undefined) return;
      const { server, folder, local, remote, copy } = place;
      // The destination is the same server, reached through itself under another name.
      const config = readFileSync(join(folder, "ssh_config"), "utf8");
      writeFileSync(
        join(folder, "ssh_config"),
        `${config}${config.replace("Host peer", "Host behind\nProxyJump peer")}`,
      );
      writeFileSync(join(local, "f"), data);
      assertDone(await copy(join(local, "f"), `behind:${server.path("up")}`));
      assertDone(await copy(`behind:${server.path("up")}`, join(local, "back")));
      for (const path of [join(remote, "up"), join(local, "back")]) assert.equal(hash(readFileSync(path)), hash(data));
    });

    for (const lanes of [1, 4, 10]) {
      it(`a tree up over ${lanes} ${lanes === 1 ? "lane" : "lanes"}, and back`, async (t) => {
        const place = await setUp(t);
        if (place === undefined) return;
        const { server, local, remote, copy } = place;
        makeTree(join(local, "tree"));
        assertDone(await copy("-r", "--parallel", `${lanes}`, join(local, "tree"), `peer:${server.path("up")}`));
        assertDone(await copy("-r", `peer:${server.path("up")}`, join(local, "back")));
        assert.deepEqual(hashes(join(remote, "up")), hashes(join(local, "tree")));
        assert.deepEqual(hashes(join(local, "back")), hashes(join(local, "tree")));
      });
    }
  });
}

describe("the client renegotiates keys while scpkit serves", () => {
  const servers: readonly (readonly [string, (t: TestContext) => Promise<InteropServer | undefined>])[] = [
    ["over its own SSH", startEmbeddedServer],
    ["as the scp of an sshd that renegotiates too", (t) => startOpensshServer(t, "scpkit", "ed25519", [limit])],
  ];
  for (const [name, start] of servers) {
    it(`${name}: scp copies a file and a tree up and back`, async (t) => {
      if (isMissing(t, "ssh", "ssh", ["-V"])) return;
      const server = await start(t);
      if (server === undefined) return;
      const { local, remote } = server.place;
      const scp = (...argv: string[]): Promise<ProgramOutcome> =>
        run(t, "scp", ["-O", "-o", "RekeyLimit=1M", ...server.options, ...argv]);
      writeFileSync(join(local, "f"), data);
      makeTree(join(local, "tree"));
      assertDone(await scp("-r", join(local, "f"), join(local, "tree"), `peer:${server.path("")}`));
      assert.equal(hash(readFileSync(join(remote, "f"))), hash(data));
      assert.deepEqual(hashes(join(remote, "tree")), hashes(join(local, "tree")));
      mkdirSync(join(local, "back"));
      assertDone(await scp("-r", `peer:${server.path("f")}`, `peer:${server.path("tree")}`, join(local, "back")));
      assert.equal(hash(readFileSync(join(local, "back", "f"))), hash(data));
      assert.deepEqual(hashes(join(local, "back", "tree")), hashes(join(local, "tree")));
    });
  }
});
