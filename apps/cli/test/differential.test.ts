import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { run, scpkit } from "./support/cli.ts";
import { differences } from "./support/differences.ts";
import { type DifferentialCase, differentialCases } from "./support/differential-cases.ts";
import { createSandbox, type Sandbox } from "./support/sandbox.ts";
import { readTree, type TreeEntry } from "./support/tree.ts";

/** Who is at either end: OpenSSH on both, scpkit as the client, scpkit as the server. */
type Cast = "openssh" | "client" | "server";

interface Result {
  readonly status: number | null;
  /** Sorted, without hints, with the folders' names replaced. */
  readonly messages: readonly string[];
  readonly local: readonly TreeEntry[];
  readonly remote: readonly TreeEntry[];
}

let server: TestSshd | undefined;

before(async () => {
  if (findProgram("sshd") !== undefined) server = await startSshd();
});

after(() => server?.stop());

describe("scpkit does as OpenSSH does", { concurrency: 3 }, () => {
  for (const operation of differentialCases) {
    it(operation.name, async (t) => {
      if (isMissing(t, "sshd") || isMissing(t, "scp")) return;
      const [expected, client, asServer] = await Promise.all([
        perform(operation, "openssh"),
        perform(operation, "client"),
        perform(operation, "server"),
      ]);
      compare(client, expected, operation.client);
      compare(asServer, expected, operation.server);
    });
  }
});

test("docs/cli/differences.md lists each name once, among them the differences that are allowed here", () => {
  const text = readFileSync(new URL("../../../docs/cli/differences.md", import.meta.url), "utf8");
  const listed = [...text.matchAll(/^- \*\*([\w-]+)\*\*:/gm)].map((match) => match[1]);
  assert.equal(new Set(listed).size, listed.length);
  assert.deepEqual(
    differences.filter((name) => !listed.includes(name)),
    [],
  );
});

test("every difference that is allowed is met", () => {
  const met = new Set(differentialCases.flatMap(({ client, server: other }) => [client ?? [], other ?? []].flat()));
  assert.deepEqual([...met].sort(), [...differences].sort());
});

/** An allowed difference has to be there: one that has gone is to be taken from the list. */
function compare(result: Result, expected: Result, difference: string | undefined): void {
  if (difference === undefined) assert.deepEqual(result, expected);
  else assert.notDeepEqual(result, expected, `${difference}: no difference any more`);
}

async function perform(operation: DifferentialCase, cast: Cast): Promise<Result> {
  if (server === undefined) throw new Error("No sshd");
  const box = createSandbox({ h: server, lost: { port: 1 } });
  const local = box.path("local");
  // With sshd the home is the server's; the name keeps parallel operations apart.
  const remote = box.path("remote");
  try {
    for (const folder of [local, remote]) mkdirSync(folder);
    operation.prepare?.({ local, remote });
    const [program, ...first] = command(box, cast);
    const argv = [...first, "-F", box.config, ...operation.argv(`h:${remote}`)];
    const { status, stderr } = await run(program, argv, { cwd: local, env: { LC_ALL: "C.UTF-8" } });
    const options = { times: operation.times === true };
    return {
      status,
      messages: normalise(stderr, box),
      local: readTree(local, options),
      remote: readTree(remote, options),
    };
  } finally {
    rmSync(box.folder, { recursive: true, force: true });
  }
}

function command(box: Sandbox, cast: Cast): readonly [string, ...string[]] {
  if (cast === "client") return [process.execPath, scpkit];
  if (cast === "openssh") return ["scp", "-O"];
  // In ssh's place: runs the remote command here, with scpkit as its scp. Knows no host `lost`.
  box.write("bin/scp", `#!/bin/sh\nexec '${process.execPath}' '${scpkit}' "$@"\n`, 0o755);
  const ssh = `#!/bin/bash
words="$*"
case "$words" in *' -- lost '*) exec ssh "$@";; esac
PATH='${join(box.folder, "bin")}':$PATH
cd '${server?.home}' && exec bash -c "\${@: -1}"
`;
  return ["scp", "-O", "-S", box.write("ssh", ssh, 0o755)];
}

function normalise(stderr: string, box: Sandbox): string[] {
  return stderr
    .replaceAll(box.folder, "FOLDER")
    .split(/\r?\n/)
    .filter((line) => line !== "" && !line.startsWith("hint: "))
    .map((line) => line.replace(/^scpkit: /, "scp: "))
    .sort();
}
