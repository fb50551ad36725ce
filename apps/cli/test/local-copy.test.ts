import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { isMissing } from "@scpkit/test-support/programs";
import { copyLocal } from "../src/copy/local.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "scpkit-local-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

const plain = { recursive: false, preserve: false };

describe("copyLocal", () => {
  it("copies with cp, whatever the names", async (t) => {
    if (isMissing(t, "cp", "/bin/cp")) return;
    const path = folder(t);
    const before = process.cwd();
    process.chdir(path);
    try {
      writeFileSync("-r", "content");
      assert.equal(await copyLocal("-r", "a 'b", plain), true);
    } finally {
      process.chdir(before);
    }
    assert.equal(readFileSync(join(path, "a 'b"), "utf8"), "content");
  });

  it("hands on -r and -p, and tells the command", async (t) => {
    if (isMissing(t, "cp", "/bin/cp")) return;
    const path = folder(t);
    mkdirSync(join(path, "d"));
    writeFileSync(join(path, "d/f"), "x");
    utimesSync(join(path, "d/f"), 1_000, 2_000);
    const commands: string[] = [];
    const options = { recursive: true, preserve: true, onCommand: (command: string) => void commands.push(command) };
    assert.equal(await copyLocal(join(path, "d"), join(path, "it's"), options), true);
    assert.equal(statSync(join(path, "it's/f")).mtimeMs, 2_000_000);
    assert.deepEqual(commands, [`cp -r -p -- ${path}/d '${path}/it'\\''s'`]);
  });

  it("does not copy a directory into itself, by whatever name, and leaves no trace of it", async (t) => {
    const path = folder(t);
    mkdirSync(join(path, "d/sub"), { recursive: true });
    symlinkSync("d/sub", join(path, "link"));
    const options = { recursive: true, preserve: false };
    for (const target of ["d", "d/", "d/sub", "d/new", "link", "link/new", "d/sub/../../d"]) {
      await assert.rejects(copyLocal(join(path, "d"), join(path, target), options), {
        message: `Cannot copy the directory "${path}/d" into itself, ${JSON.stringify(join(path, target))}`,
      });
    }
    assert.deepEqual(readdirSync(join(path, "d")), ["sub"]);
    assert.deepEqual(readdirSync(join(path, "d/sub")), []);
    if (isMissing(t, "cp", "/bin/cp")) return;
    assert.equal(await copyLocal(join(path, "d/sub"), join(path, "d2"), options), true);
    assert.equal(await copyLocal(join(path, "d/sub"), join(path, "d"), options).catch(() => "cp says so"), false);
  });

  it("tells success by cp's exit status", async (t) => {
    const path = folder(t);
    const program = join(path, "cp");
    writeFileSync(program, "#!/bin/sh\nexit 3\n", { mode: 0o755 });
    assert.equal(await copyLocal("a", "b", { ...plain, program }), false);
    await assert.rejects(copyLocal("a", "b", { ...plain, program: join(path, "none") }), { code: "ENOENT" });
  });

  it("hands signals on to cp and stays alive itself", async (t) => {
    if (isMissing(t, "sh", "sh", ["-c", "true"])) return;
    const path = folder(t);
    const program = join(path, "cp");
    writeFileSync(
      program,
      `#!/bin/sh\ntrap 'touch ${path}/ended; exit 1' TERM\ntouch ${path}/started\nwhile :; do sleep 0.05; done\n`,
      {
        mode: 0o755,
      },
    );
    const script = `
      import { copyLocal } from ${JSON.stringify(new URL("../src/copy/local.ts", import.meta.url).href)};
      const done = await copyLocal("a", "b", { recursive: false, preserve: false, program: ${JSON.stringify(program)} });
      console.log(done, process.listenerCount("SIGTERM"));
    `;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    while (!existsSync(join(path, "started")) && child.exitCode === null) await setTimeout(20);
    child.kill("SIGTERM");
    const [output] = await Promise.all([once(child.stdout, "data"), once(child, "close")]);
    assert.equal(String(output[0]), "false 0\n");
    assert.equal(existsSync(join(path, "ended")), true);
  });
});
