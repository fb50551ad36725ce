import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { type DeviceMode, startNetworkDevice } from "../src/network-device.ts";
import { startOpensshServer } from "../src/openssh-server.ts";
import { run, scpkitProgram } from "../src/program.ts";
import { makeWorkplace } from "../src/workplace.ts";

const modes: readonly (readonly [string, DeviceMode])[] = [
  ["takes an early end of the input for a client that has gone", "eof-aborts"],
  ["sends the exit status first", "status-first"],
  ["sends the exit status before the last reply", "status-early"],
  ["says farewell after the last reply", "talks-on"],
];

describe("a device", () => {
  for (const [name, mode] of modes) {
    it(`that ${name} gets two files`, async (t) => {
      const device = await startNetworkDevice(t, mode);
      if (device === undefined) return;
      const { local, remote } = device.place;
      writeFileSync(join(local, "a"), Buffer.alloc(300_000, "first "));
      writeFileSync(join(local, "b"), Buffer.alloc(70_000, "second "));
      const files = [join(local, "a"), join(local, "b")];
      const outcome = await run(t, process.execPath, [scpkitProgram, ...device.options, ...files, "peer:flash"]);
      assert.equal(outcome.stderr, "");
      assert.equal(outcome.code, 0);
      for (const file of ["a", "b"]) {
        assert.ok(readFileSync(join(remote, file)).equals(readFileSync(join(local, file))), file);
      }
    });
  }

  for (const [name, mode] of modes.filter(([, mode]) => mode.startsWith("status"))) {
    it(`that ${name} sends a file`, async (t) => {
      const device = await startNetworkDevice(t, mode);
      if (device === undefined) return;
      const { local, remote } = device.place;
      writeFileSync(join(remote, "src"), Buffer.alloc(300_000, "data "));
      const down = await run(t, process.execPath, [scpkitProgram, ...device.options, "peer:src", local]);
      assert.equal(down.stderr, "");
      assert.equal(down.code, 0);
      assert.ok(readFileSync(join(local, "src")).equals(readFileSync(join(remote, "src"))));
    });
  }

  for (const mode of ["one-session", "one-command", "ends-with-it"] as const) {
    it(`with few sessions on a connection (${mode}) sends several files, and one to itself`, async (t) => {
      const device = await startNetworkDevice(t, mode);
      if (device === undefined) return;
      const { local, remote } = device.place;
      const names = ["a", "b", "c", "d"];
      for (const name of names) writeFileSync(join(remote, name), `content of ${name}`);
      const sources = names.map((name) => `peer:${name}`);
      const down = await run(t, process.execPath, [scpkitProgram, ...device.options, ...sources, local]);
      assert.equal(down.stderr, "");
      assert.equal(down.code, 0);
      assert.deepEqual(readdirSync(local).sort(), names);
      const relayed = await run(t, process.execPath, [scpkitProgram, ...device.options, "peer:a", "peer:flash"]);
      assert.equal(relayed.stderr, "");
      assert.equal(relayed.code, 0);
    });
  }

  it("that takes an early end for a client that has gone is the target of a relay", async (t) => {
    const device = await startNetworkDevice(t, "eof-aborts");
    const server = await startOpensshServer(t, "openssh");
    if (device === undefined || server === undefined) return;
    writeFileSync(join(server.place.remote, "f"), Buffer.alloc(300_000, "data "));
    // One configuration for both: the second host under a name of its own.
    const [, from = ""] = server.options;
    const [, to = ""] = device.options;
    const both = join(server.place.folder, "both");
    writeFileSync(both, `${readFileSync(from, "utf8")}${readFileSync(to, "utf8").replace("Host peer", "Host device")}`);
    const argv = [scpkitProgram, "-F", both, `peer:${server.path("f")}`, "device:f"];
    const outcome = await run(t, process.execPath, argv);
    assert.equal(outcome.stderr, "");
    assert.equal(outcome.code, 0);
    assert.equal(readFileSync(join(device.place.remote, "f")).byteLength, 300_000);
  });
});

/** Reads one file as `scp -t` does, with a late reply: a slow disk. */
const slowSink = `import sys, time
i, o = sys.stdin.buffer, sys.stdout.buffer
def say(b): o.write(b); o.flush()
say(b"\\0"); n = int(i.readline().split()[1]); say(b"\\0")
data = i.read(n + 1)[:-1]; time.sleep(1)
open(sys.argv[1], "wb").write(data); say(b"\\0"); i.read()
`;

describe("-S", () => {
  it("keeps the input open until the last reply: socat ends half a second after the end of its input", async (t) => {
    if (isMissing(t, "socat", "socat", ["-V"])) return;
    const { local, remote } = makeWorkplace(t);
    writeFileSync(join(local, "f"), Buffer.alloc(70_000, "data "));
    writeFileSync(join(local, "sink.py"), slowSink);
    const program = join(local, "program");
    const command = `/usr/bin/python3 ${join(local, "sink.py")} ${join(remote, "f")}`;
    writeFileSync(program, `#!/bin/sh\nexec socat - EXEC:"${command}"\n`);
    chmodSync(program, 0o755);
    const outcome = await run(t, process.execPath, [scpkitProgram, "-S", program, join(local, "f"), "host:f"]);
    assert.equal(outcome.stderr, "");
    assert.equal(outcome.code, 0);
    assert.deepEqual(readdirSync(remote), ["f"]);
  });
});
