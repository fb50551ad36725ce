import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type InteropClient, openssh, pscp, pscpWithPassword, python, scpkit } from "../src/clients.ts";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { startOpensshServer } from "../src/openssh-server.ts";
import { makeTree, snapshot } from "../src/tree.ts";
import type { InteropServer } from "../src/workplace.ts";

type Start = (t: TestContext) => Promise<InteropServer | undefined>;

const embedded: readonly [string, Start] = ["the embedded server", startEmbeddedServer];
const sshdWithScpkit: readonly [string, Start] = [
  "an sshd whose scp is scpkit",
  (t) => startOpensshServer(t, "scpkit"),
];
const sshdWithOpenssh: readonly [string, Start] = ["an sshd with its own scp", (t) => startOpensshServer(t, "openssh")];

const pairs: readonly (readonly [InteropClient, readonly [string, Start]])[] = [
  ...[embedded, sshdWithScpkit].flatMap((server) =>
    [openssh, pscp, python, scpkit].map((client) => [client, server] as const),
  ),
  [scpkit, sshdWithOpenssh],
];

describe("a tree goes there and back", { concurrency: 3 }, () => {
  for (const [client, [name, start]] of pairs) {
    it(`${client.name} and ${name}`, async (t) => {
      if (client.missing(t)) return;
      const server = await start(t);
      if (server === undefined) return;
      const { local, remote } = server.place;
      makeTree(join(local, "tree"));
      const expected = snapshot(join(local, "tree"), client.keeps);

      const up = await client.put(t, server, join(local, "tree"), "copy");
      assert.equal(up.code, 0, up.stderr);
      assert.deepEqual(snapshot(join(remote, "copy"), client.keeps), expected);

      mkdirSync(join(local, "into"));
      const down = await client.get(t, server, "copy", join(local, "into"));
      assert.equal(down.code, 0, down.stderr);
      assert.deepEqual(snapshot(join(local, "into", "copy"), client.keeps), expected);

      const again = await client.put(t, server, join(local, "tree"), "copy");
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(snapshot(join(remote, "copy", "tree"), client.keeps), expected);
    });
  }
});

describe("what fails is told by name and status", { concurrency: 3 }, () => {
  for (const [client, [name, start]] of pairs) {
    if (client !== openssh && client !== scpkit) continue;
    it(`${client.name} and ${name}`, async (t) => {
      if (client.missing(t)) return;
      const server = await start(t);
      if (server === undefined) return;
      const { local, remote } = server.place;
      const missing = await client.get(t, server, "nothing", local);
      assert.equal(missing.code, 1);
      assert.match(missing.stderr, /nothing: No such file or directory/);
      // A directory in the place of a file: that one is refused, the others arrive.
      mkdirSync(join(remote, "tree", "b"), { recursive: true });
      mkdirSync(join(local, "tree"));
      for (const file of ["a", "b", "c"]) writeFileSync(join(local, "tree", file), `contents of ${file}`);
      const refused = await client.put(t, server, join(local, "tree"), "");
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /b: Is a directory/);
      for (const file of ["a", "c"]) {
        assert.equal(readFileSync(join(remote, "tree", file), "utf8"), `contents of ${file}`);
      }
      assert.deepEqual(snapshot(join(remote, "tree")).length, 4);
    });
  }
});

describe("passwords", () => {
  it("let pscp into the embedded server", async (t) => {
    if (pscp.missing(t)) return;
    const server = await startEmbeddedServer(t);
    writeFileSync(join(server.place.local, "f"), "content");
    const { code, stderr } = await pscpWithPassword(t, server, join(server.place.local, "f"), "g");
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(join(server.place.remote, "g"), "utf8"), "content");
  });
});
