import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { waitFor } from "@scpkit/test-support/wait-for";
import { password, startEmbeddedServer } from "../src/embedded-server.ts";
import { startOpensshServer } from "../src/openssh-server.ts";
import { run } from "../src/program.ts";

// curl's libssh2 sends no status behind a body: it closes the channel after the last byte, and reports success.
describe("curl uploads", () => {
  for (const [name, bytes] of [
    ["a file of several packets", 300_000],
    ["an empty file", 0],
  ] as const) {
    it(`${name} to the embedded server`, async (t) => {
      if (isMissing(t, "curl", "curl", ["--version"])) return;
      const server = await startEmbeddedServer(t);
      const { local, remote } = server.place;
      const body = Buffer.alloc(bytes, "scpkit ");
      writeFileSync(join(local, "f"), body);
      const url = `scp://127.0.0.1:${server.port}${server.path("f")}`;
      const outcome = await run(t, "curl", ["-sS", "-k", "-u", `ann:${password}`, "-T", join(local, "f"), url]);
      assert.equal(outcome.code, 0, outcome.stderr);
      // curl leaves before the server has finished.
      await waitFor("the file is stored", () => readdirSync(remote).join() === "f");
      assert.ok(readFileSync(join(remote, "f")).equals(body));
    });
  }
});

// The bytes of clients that are not here, into the very command that sshd starts.
const sshNet = "C0644 5 f\nhello\0T1 0 1 0\nD0755 0 sub\nC0644 1 g\nx\0E\nE\n";
const cases: readonly (readonly [string, string, number, readonly string[]])[] = [
  ["a directory by SSH.NET, which ends with one more E", sshNet, 0, ["f", "sub"]],
  ["nothing but an E", "E\n", 0, []],
  ["a file without its status", "C0644 5 f\nhello", 1, ["f"]],
  ["an empty file without its status", "C0644 0 f\n", 1, ["f"]],
  ["a second file without its status", "C0644 1 a\nx\0C0644 1 b\ny", 1, ["a", "b"]],
];

describe("the same bytes end alike in scp and in scpkit", () => {
  for (const [name, bytes, code, stored] of cases) {
    for (const program of ["openssh", "scpkit"] as const) {
      it(`${name} (${program})`, async (t) => {
        if (isMissing(t, "ssh", "ssh", ["-V"])) return;
        const server = await startOpensshServer(t, program);
        if (server === undefined) return;
        const { remote } = server.place;
        const command = `printf '${bytes.replaceAll("\n", "\\n").replaceAll("\0", "\\000")}' | scp -r -d -t '${remote}'`;
        const outcome = await run(t, "ssh", [...server.options, "peer", `${command}; echo "status $?"`]);
        assert.match(outcome.stdout, new RegExp(`status ${code}\\n$`));
        assert.deepEqual(readdirSync(remote).sort(), stored);
      });
    }
  }
});
