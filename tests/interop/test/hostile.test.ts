import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parseCommand } from "@scpkit/codec";
import { connect } from "@scpkit/ssh2";
import { startSshServer } from "@scpkit/ssh2/server";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { startOpensshServer } from "../src/openssh-server.ts";
import { run, scpkitProgram } from "../src/program.ts";
import { snapshot } from "../src/tree.ts";
import { describeServer, type InteropServer, makeWorkplace } from "../src/workplace.ts";

/** Sends bytes to a command of the server, whatever it answers. */
async function say(server: InteropServer, command: string, bytes: string): Promise<string> {
  await using connection = await connect({
    host: "127.0.0.1",
    port: server.port,
    username: server.username,
    auth: [{ type: "private-key", key: server.place.clientKey.privateKey }],
    verifyHostKey: () => true,
  });
  await using channel = await connection.exec(command);
  const writer = channel.writable.getWriter();
  writer.write(Buffer.from(bytes, "latin1")).catch(() => {});
  writer.close().catch(() => {});
  let answer = "";
  for await (const chunk of channel.readable) answer += Buffer.from(chunk).toString("latin1");
  const { code } = await channel.closed;
  return `${answer} ${code}`;
}

const records: readonly (readonly [string, string])[] = [
  ["..", "D0755 0 ..\nC0644 5 evil\nXXXXX\0E\n"],
  [".", "D0777 0 .\nC0644 5 evil\nXXXXX\0E\n"],
  ["../evil", "C0644 5 ../evil\nXXXXX\0"],
  ["/tmp/evil", "C0644 5 /tmp/scpkit-interop-evil\nXXXXX\0"],
  ["an empty name", "C0644 5 \nXXXXX\0"],
  ["a NUL", "C0644 5 a\0/../evil\nXXXXX\0"],
  ["a directory without -r", "D0755 0 evil\nE\n"],
];

describe("names that lead out of the target", () => {
  for (const kind of ["embedded", "scpkit"] as const) {
    it(`are refused by ${kind === "embedded" ? "the embedded server" : "an sshd whose scp is scpkit"}`, async (t) => {
      const server = kind === "embedded" ? await startEmbeddedServer(t) : await startOpensshServer(t, "scpkit");
      if (server === undefined) return;
      const target = join(server.place.remote, "target");
      mkdirSync(target);
      const before = snapshot(server.place.remote, { modes: true });
      for (const [what, bytes] of records) {
        const recursive = what.includes("without -r") ? "" : " -r";
        const answer = await say(server, `scp${recursive} -t ${server.path("target")}`, bytes);
        assert.match(answer, /^\0[\x01\x02].* 1$/s, what);
        assert.deepEqual(snapshot(server.place.remote, { modes: true }), before, what);
        assert.equal(existsSync("/tmp/scpkit-interop-evil"), false);
      }
    });
  }

  it("are refused as paths by the confined server, links included", async (t) => {
    const server = await startEmbeddedServer(t);
    const { folder, remote } = server.place;
    writeFileSync(join(folder, "secret"), "secret");
    symlinkSync(folder, join(remote, "out"));
    symlinkSync(join(folder, "secret"), join(remote, "leaf"));
    for (const path of ["../secret", "/../../secret", "out/secret", "leaf", join(folder, "secret")]) {
      assert.doesNotMatch(await say(server, `scp -f -- ${path}`, "\0\0\0\0"), /C0|6 secret/, path);
      assert.match(await say(server, `scp -t -- ${path}`, "C0644 4 secret\nEVIL\0"), / 1$/, path);
      assert.equal(readFileSync(join(folder, "secret"), "utf8"), "secret");
    }
    assert.match(await say(server, "scp -r -t out", "D0755 0 x\nE\n"), / 1$/);
    assert.deepEqual(readdirSync(remote).sort(), ["leaf", "out"]);
  });

  it("do not make the embedded server run anything", async (t) => {
    const server = await startEmbeddedServer(t);
    for (const command of ["sh", "scp -t x; touch pwned", "scp -t $(touch pwned)", "scp -f `touch pwned`"]) {
      await say(server, command, "").catch((error: unknown) => assert.match(String(error), /refused/));
    }
    assert.deepEqual(
      snapshot(server.place.folder).filter((line) => line.includes("pwned")),
      [],
    );
  });
});

/** A server that answers every download with the same bytes. */
async function startLiar(t: TestContext, bytes: string): Promise<InteropServer> {
  const place = makeWorkplace(t);
  const server = await startSshServer({
    hostKeys: [place.hostKey.privateKey],
    authenticate: () => ({}),
    exec: ({ command }) => {
      if (parseCommand(command)?.role !== "source") return undefined;
      return async (channel) => {
        const drained = channel.readable.pipeTo(new WritableStream()).catch(() => {});
        const writer = channel.writable.getWriter();
        await writer.write(Buffer.from(bytes, "latin1"));
        await channel.exit(0);
        await drained;
      };
    },
  });
  t.after(() => server.close({ deadlineMs: 0 }));
  return describeServer(place, { port: server.port, username: "ann", path: (relative) => relative });
}

describe("a server that sends what was not asked for", { concurrency: 3 }, () => {
  const lies: readonly (readonly [string, readonly string[], string])[] = [
    ["another file", ["wanted"], "C0644 5 .bashrc\nXXXXX\0"],
    ["a second file", ["wanted"], "C0644 2 wanted\nok\0C0644 5 .bashrc\nXXXXX\0"],
    ["a path", ["wanted"], "C0644 5 ../wanted\nXXXXX\0"],
    ["a directory", ["wanted"], "D0755 0 wanted\nC0644 5 evil\nXXXXX\0E\n"],
    ["another file, -r", ["-r", "wanted"], "C0644 5 .bashrc\nXXXXX\0"],
    ["a parent, -r", ["-r", "wanted"], "D0755 0 ..\nC0644 5 evil\nXXXXX\0E\n"],
    ["half a file", ["wanted"], "C0644 5 wanted\nXX"],
    ["nothing", ["wanted"], ""],
    ["a greeting", ["wanted"], "Hello\n"],
  ];
  for (const [what, argv, bytes] of lies) {
    it(`gets nowhere with ${what}`, async (t) => {
      const server = await startLiar(t, bytes);
      const { local, folder } = server.place;
      const before = readdirSync(folder).sort();
      const options = argv.slice(0, -1);
      const { code, stderr } = await run(t, process.execPath, [
        scpkitProgram,
        ...options,
        ...server.options,
        `peer:${argv.at(-1)}`,
        local,
      ]);
      assert.equal(code, 1, stderr);
      assert.deepEqual(readdirSync(local), what === "a second file" ? ["wanted"] : []);
      assert.deepEqual(readdirSync(folder).sort(), before);
    });
  }
});
