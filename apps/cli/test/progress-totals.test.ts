import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

interface Event {
  readonly event: string;
  readonly path?: string;
  readonly files?: number;
  readonly bytes?: number;
  readonly failures?: number;
  readonly totalFiles?: number | null;
  readonly totalBytes?: number | null;
  readonly totalComplete?: boolean;
  readonly etaSeconds?: number | null;
}

async function events(argv: readonly string[], cwd: string): Promise<{ events: Event[]; status: number | null }> {
  const { stdout, status } = await runCli(["--progress=json", ...argv], { cwd });
  const lines = stdout.trimEnd().split("\n");
  return { events: lines.map((line): Event => JSON.parse(line)), status };
}

function names(all: readonly Event[], event: string): (string | undefined)[] {
  return all
    .filter((one) => one.event === event)
    .map(({ path }) => path)
    .toSorted();
}

describe("--progress=json of a local copy", () => {
  function folder(t: TestContext) {
    const box = createSandbox();
    t.after(() => box.remove());
    return box;
  }

  it("counts the files", async (t) => {
    if (isMissing(t, "cp", "/bin/cp")) return;
    const box = folder(t);
    box.write("site/index.html", "12345");
    box.write("site/deep/er", "123");
    for (const target of ["copy", "."]) {
      const source = target === "." ? "copy/deep" : "site";
      const { events: seen, status } = await events(["-r", source, target], box.folder);
      assert.equal(status, 0);
      const end = seen.at(-1);
      const expected = target === "." ? { files: 1, bytes: 3 } : { files: 2, bytes: 8 };
      assert.deepEqual({ files: end?.files, bytes: end?.bytes, failures: end?.failures }, { ...expected, failures: 0 });
    }
    const one = await events(["site/index.html", "copy"], box.folder);
    assert.deepEqual(names(one.events, "finish"), ["index.html"]);
  });

  it("counts what cp did not copy as failed", async (t) => {
    if (isMissing(t, "cp", "/bin/cp")) return;
    const box = folder(t);
    box.write("site/good", "12345");
    box.write("site/bad", "123");
    // A directory in the place of a file.
    mkdirSync(box.path("copy/site/bad"), { recursive: true });
    const { events: seen, status } = await events(["-r", "site", "copy"], box.folder);
    assert.equal(status, 1);
    assert.deepEqual(names(seen, "finish"), ["site/good"]);
    assert.deepEqual(names(seen, "failure"), ["site/bad"]);
    assert.equal(seen.at(-1)?.bytes, 5);
  });
});

describe("--progress=json with a server", () => {
  let server: TestSshd | undefined;

  before(async () => {
    if (findProgram("sshd") !== undefined) server = await startSshd();
  });

  after(() => server?.stop());

  it("has the total and the time left of one file, up, down and between hosts, and of several sources", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    const box = createSandbox({ h: server });
    const remote = mkdtempSync(join(server.home, "t-"));
    t.after(() => {
      box.remove();
      rmSync(remote, { recursive: true });
    });
    const size = 3_000_000;
    box.write("up", Buffer.alloc(size));
    box.write("small", "1234567890");
    writeFileSync(join(remote, "down"), Buffer.alloc(size));
    // 1,500,000 bytes a second: at least one report comes while the file is on its way.
    const limit = ["-l", "11720", "-F", box.config];
    for (const [operands, files, bytes] of [
      [["up", `h:${remote}/a`], 1, size],
      [[`h:${remote}/down`, "b"], 1, size],
      [[`h:${remote}/down`, `h:${remote}/c`], 1, size],
      [["small", "up", `h:${remote}/`], 2, size + 10],
    ] as const) {
      const { events: seen, status } = await events([...limit, ...operands], box.folder);
      assert.equal(status, 0);
      const report = seen.find(({ event, bytes: sent = 0 }) => event === "progress" && sent > 0);
      assert.deepEqual(
        { files: report?.totalFiles, bytes: report?.totalBytes, complete: report?.totalComplete },
        { files, bytes, complete: true },
        operands.join(" "),
      );
      assert.equal(typeof report?.etaSeconds, "number");
    }
  });

  it("draws no line for the whole when the connection fails", async (t) => {
    const box = createSandbox({ gone: { port: 1 } });
    t.after(() => box.remove());
    box.write("tree/a", "a");
    const { stdout, status } = await runCli(["--progress=bar", "-F", box.config, "-r", "tree", "gone:"], {
      cwd: box.folder,
    });
    assert.deepEqual({ stdout, status }, { stdout: "", status: 1 });
  });

  it("shows no 100 % for a file that the server could not store", async (t) => {
    if (isMissing(t, "sshd") || server === undefined) return;
    if (!existsSync("/dev/full")) return t.skip("peer missing: /dev/full");
    const box = createSandbox({ h: server });
    t.after(() => box.remove());
    box.write("f", Buffer.alloc(100_000));
    const { stdout, stderr, status } = await runCli(["--progress=bar", "-F", box.config, "f", "h:/dev/full"], {
      cwd: box.folder,
    });
    assert.equal(status, 1);
    assert.match(stderr, /No space left on device/);
    assert.match(stdout, /- failed - *\n$/);
    assert.doesNotMatch(stdout, /100%/);
  });
});
