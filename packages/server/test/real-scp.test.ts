import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

declare global {
  // Deno's checker, told to use Node's types, knows no properties of import.meta.
  interface ImportMeta {
    dirname: string;
  }
}

interface Result {
  readonly status: number;
  readonly stderr: string;
}

/** Runs OpenSSH's scp against a server process of ours, in a directory with `local` and `remote`. */
interface Bench {
  readonly local: string;
  readonly remote: string;
  scp(...args: string[]): Promise<Result>;
}

async function setUp(t: TestContext): Promise<Bench | undefined> {
  if ((await run("scp", ["--"])) === undefined) {
    t.skip("peer missing: scp");
    return undefined;
  }
  const root = await mkdtemp(join(tmpdir(), "scpkit-server-"));
  t.after(() => rm(root, { recursive: true }));
  const [local, remote, ssh] = [join(root, "local"), join(root, "remote"), join(root, "ssh")];
  await mkdir(local);
  await mkdir(remote);
  const server = join(import.meta.dirname, "support", "stdio-server.ts");
  const words = [process.execPath, ...runtimeArguments(), server].map((word) => `'${word}'`).join(" ");
  await writeFile(
    ssh,
    `#!/bin/sh\nfor command; do :; done\ncd '${import.meta.dirname}'\nSCP_TEST_ROOT='${remote}' exec ${words} "$command"\n`,
  );
  await chmod(ssh, 0o755);
  return {
    local,
    remote,
    async scp(...args) {
      const result = await run("scp", ["-O", "-S", ssh, ...args], local);
      assert.ok(result);
      return result;
    },
  };
}

/** What this runtime needs to run TypeScript. */
function runtimeArguments(): string[] {
  if ("Bun" in globalThis) return [];
  if ("Deno" in globalThis) return ["run", "-A"];
  return ["--import", "tsx"];
}

function run(program: string, args: string[], cwd?: string): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd }, (error, _, stderr) => {
      if (error === null) resolve({ status: 0, stderr });
      else if (error.code === "ENOENT") resolve(undefined);
      else if (typeof error.code === "number") resolve({ status: error.code, stderr });
      else reject(error);
    });
  });
}

const body = Buffer.alloc(300_000, "scpkit ");

test("scp uploads a tree, and hears of what the server does not take", async (t) => {
  const bench = await setUp(t);
  if (bench === undefined) return;
  const { local, remote, scp } = bench;
  await mkdir(join(local, "tree/sub"), { recursive: true });
  await writeFile(join(local, "tree/sub/body"), body);
  await writeFile(join(local, "tree/empty"), "");
  await writeFile(join(local, "tree/keys.secret"), "1");
  await utimes(join(local, "tree/sub/body"), 1000, 2000);
  const { status, stderr } = await scp("-r", "-p", "tree", "host:.");
  assert.match(stderr, /^scp: tree\/keys\.secret: this is not to be copied$/m);
  assert.equal(status, 1);
  assert.deepEqual(await readFile(join(remote, "tree/sub/body")), body);
  assert.equal((await stat(join(remote, "tree/sub/body"))).mtimeMs, 2_000_000);
  assert.deepEqual((await readdir(join(remote, "tree"))).sort(), ["empty", "sub"]);
});

test("scp downloads a tree, and hears of what the server does not give", async (t) => {
  const bench = await setUp(t);
  if (bench === undefined) return;
  const { local, remote, scp } = bench;
  await mkdir(join(remote, "tree/sub"), { recursive: true });
  await writeFile(join(remote, "tree/sub/body"), body);
  await writeFile(join(remote, "tree/keys.secret"), "1");
  const { status, stderr } = await scp("-r", "-p", "host:tree", "host:none", ".");
  assert.match(stderr, /^scp: tree\/keys\.secret: this is not to be copied$/m);
  assert.match(stderr, /^scp: none: No such file or directory$/m);
  assert.equal(status, 1);
  assert.deepEqual(await readFile(join(local, "tree/sub/body")), body);
  assert.deepEqual(await readdir(join(local, "tree")), ["sub"]);

  assert.deepEqual(await scp("host:tree/sub/body", "copy"), { status: 0, stderr: "" });
  assert.deepEqual(await readFile(join(local, "copy")), body);
  assert.match((await scp("host:tree", ".")).stderr, /^scp: tree: not a regular file$/m);
});

test("scp hears why an upload cannot begin", async (t) => {
  const bench = await setUp(t);
  if (bench === undefined) return;
  const { local, remote, scp } = bench;
  await writeFile(join(local, "a"), "1");
  await writeFile(join(remote, "f"), "1");
  const cases = [
    ["host:x y", "scp: ambiguous target"],
    ["host:none", "scp: none: No such file or directory"],
    ["host:f", "scp: f: Not a directory"],
  ] as const;
  for (const [target, expected] of cases) {
    const { status, stderr } = await scp("a", target);
    assert.equal(stderr.trim(), expected);
    assert.equal(status, 1);
  }
});
