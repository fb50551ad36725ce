import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { it } from "node:test";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

const name = "x;touch$\u007bIFS}mark;";
/** `name` in a URI. */
const encoded = encodeURIComponent(name);
const commands = ["%h", "%n", "%p", "%r", "%j", "%C", "%k", "%u", "%i", "%L", "%l", "%d"].map(
  (token) => `Match exec "test ${token} = admin; true"`,
);

/** Command lines in which `name` is a user or a host. `f` is a local file. */
const commandLines: Readonly<Record<string, readonly string[]>> = {
  "the user of a source": [`${name}@127.0.0.1:f`, "g"],
  "the user of a target": ["f", `${name}@127.0.0.1:g`],
  "the user of a source between two hosts": [`${name}@127.0.0.1:f`, "127.0.0.1:g"],
  "the user of a source with -R": ["-R", `${name}@127.0.0.1:f`, "127.0.0.1:g"],
  "the user of a target with -R": ["-R", "127.0.0.1:f", `${name}@127.0.0.1:g`],
  "the host of a source": [`${name}:f`, "g"],
  "the host of a target": ["f", `${name}:g`],
  "a host in brackets": ["f", `[${name}]:g`],
  "the user of a URI": [`scp://${encoded}@127.0.0.1/f`, "g"],
  "the user of a target URI": ["f", `scp://${encoded}@127.0.0.1/g`],
  "the host of a URI": ["f", `scp://${name}/g`],
  "-o User": ["-o", `User=${name}`, "f", "127.0.0.1:g"],
  "-o HostName": ["-o", `HostName=${name}`, "f", "127.0.0.1:g"],
  "-o HostKeyAlias": ["-o", `HostKeyAlias=${name}`, "f", "127.0.0.1:g"],
  "-o ProxyJump": ["-o", `ProxyJump=${name}`, "f", "127.0.0.1:g"],
  "-J, a host": ["-J", name, "f", "127.0.0.1:g"],
  "-J, a user": ["-J", `${name}@127.0.0.1`, "f", "127.0.0.1:g"],
  "-J, a URI": ["-J", `ssh://${encoded}@127.0.0.1`, "f", "127.0.0.1:g"],
  "-J, the first of two": ["-J", `${name},127.0.0.1`, "f", "127.0.0.1:g"],
};

for (const [title, argv] of Object.entries(commandLines)) {
  it(`no command line runs a command through a token: ${title}`, async (t) => {
    const box = createSandbox();
    t.after(() => box.remove());
    box.write("f", "hello");
    box.write("ssh_config", `${commands.join("\n")}\nHost *\n Port 1\n`);
    const before = readdirSync(box.folder).sort();
    const { status, stderr } = await runCli(["-B", "-F", box.config, ...argv], { cwd: box.folder });
    assert.notEqual(status, 0);
    assert.match(stderr, /invalid|not a list of jump hosts/);
    assert.deepEqual(readdirSync(box.folder).sort(), before);
  });
}
