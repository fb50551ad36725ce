import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { skipWithout } from "@scpkit/test-support/programs";
import { startSshd } from "@scpkit/test-support/sshd";
import { patterned, readAll, readText } from "@scpkit/test-support/streams";
import { createSshProgramTransport, type SshProgramOptions, sshProgramArguments } from "../src/index.ts";

/** A program that tells its arguments, one to a line. */
function teller(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-ssh-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "ssh");
  writeFileSync(path, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(path, 0o755);
  return path;
}

const always = [
  "-x",
  "-oPermitLocalCommand=no",
  "-oClearAllForwardings=yes",
  "-oRemoteCommand=none",
  "-oRequestTTY=no",
  "-oControlMaster=no",
];

describe("the argument list for ssh", () => {
  it("is OpenSSH's", () => {
    assert.deepEqual(sshProgramArguments({ host: "h" }, "scp -t x"), [
      ...always,
      "-oForwardAgent=no",
      "--",
      "h",
      "scp -t x",
    ]);
    const options: SshProgramOptions = {
      host: "::1",
      user: "bob",
      port: 2222,
      sshArguments: ["-4", "-A", "-oCiphers=aes128-ctr", "-i", "my key", "-v", "-C"],
    };
    assert.deepEqual(sshProgramArguments(options, "scp -f 'a b'"), [
      ...always,
      "-4",
      "-A",
      "-oCiphers=aes128-ctr",
      "-i",
      "my key",
      "-v",
      "-C",
      "-oForwardAgent=no",
      "-p",
      "2222",
      "-l",
      "bob",
      "--",
      "::1",
      "scp -f 'a b'",
    ]);
  });

  it("takes neither host nor user for an option, nor gives them to a shell", async (t) => {
    const transport = createSshProgramTransport({
      program: teller(t),
      host: "-oProxyCommand=touch /tmp/x",
      user: "-l$(id)",
    });
    const channel = await transport.exec("scp -t -- '-x'");
    const words = (await readText(channel.readable)).split("\n");
    assert.deepEqual(words.slice(-6), ["-l", "-l$(id)", "--", "-oProxyCommand=touch /tmp/x", "scp -t -- '-x'", ""]);
    assert.deepEqual(await channel.closed, { code: 0 });
  });
});

describe("the system's ssh", () => {
  it("runs commands on a real sshd", { skip: skipWithout("sshd") }, async (t) => {
    const sshd = await startSshd();
    t.after(() => sshd.stop());
    const settings = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"];
    const transport = createSshProgramTransport({
      host: "127.0.0.1",
      port: sshd.port,
      user: sshd.username,
      sshArguments: ["-F", "none", "-i", sshd.key, ...settings.flatMap((setting) => ["-o", setting])],
    });
    const channel = await transport.exec("cat; echo note >&2; exit 6");
    const sent = patterned(5_000_000);
    const writer = channel.writable.getWriter();
    const writing = writer.write(sent).then(() => writer.close());
    assert.equal(Buffer.compare(await readAll(channel.readable), sent), 0);
    await writing;
    assert.deepEqual(await channel.closed, { code: 6 });
    assert.equal(await readText(channel.stderr), "note\n");
    await sshd.stop();
    const refused = await transport.exec("true");
    await readAll(refused.readable);
    assert.deepEqual(await refused.closed, { code: 255 });
    assert.match(await readText(refused.stderr), /refused/i);
  });
});
