import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { recordScp } from "./recorded-ssh.ts";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

/** What scpkit gives to the program of `-S`, as {@link recordScp} tells it of scp. */
async function recordScpkit(argv: readonly string[]): Promise<readonly (readonly string[])[]> {
  const box = createSandbox();
  try {
    const record = box.write("record", "");
    const script = `#!/bin/sh\nprintf '%s\\0' "$@" call-ends >> '${record}'\nexit 1\n`;
    await runCli(["-S", box.write("ssh", script, 0o755), ...argv], { cwd: box.folder });
    const calls: string[][] = [[]];
    for (const word of box.read("record").split("\0").slice(0, -1)) {
      if (word === "call-ends") calls.push([]);
      else calls.at(-1)?.push(word);
    }
    return calls.slice(0, -1);
  } finally {
    box.remove();
  }
}

/** OpenSSH 10.0 added this one; earlier ones do without. */
function withoutControlMaster(calls: readonly (readonly string[])[]): string[][] {
  return calls.map((words) => words.filter((word) => word !== "-oControlMaster=no"));
}

describe("the program of -S is given the arguments that scp gives it", () => {
  const commandLines: readonly (readonly string[])[] = [
    ["h:f", "."],
    ["u@h:f", "."],
    ["-P", "2222", "-rpv", "h:f", "."],
    ["-P", "2222", "scp://u@h:33/f", "."],
    ["-4ACBq", "-c", "aes128-ctr", "-i", "key", "-F", "cfg", "-J", "a,b", "-o", "Foo=bar", "-l", "100", "h:f", "."],
    ["h:-x", "."],
    ["h:a", "h:b", "/"],
    ["[fe80::1%lo]:f", "."],
    ["/dev/null", "h:"],
    ["-R", "h:a", "i:b"],
    ["-R", "-rpv", "-P", "22", "-A", "-l", "100", "u@h:-x", "v@i:b"],
    ["-R", "scp://h:33/a", "i:"],
    ["-R", "h:a", "h:b", "i:c"],
  ];
  for (const argv of commandLines) {
    it(argv.join(" "), async (t) => {
      if (isMissing(t, "scp")) return;
      const expected = withoutControlMaster(recordScp(argv).calls);
      assert.ok(expected.length > 0);
      assert.deepEqual(withoutControlMaster(await recordScpkit(argv)), expected);
    });
  }

  it("no user and no host of an inner scp (-R) is read as an option or by the other shell", async () => {
    for (const target of [
      "-oProxyCommand=x:b",
      "-x@i:b",
      "i;touch x:b",
      "$(touch x):b",
      "u;touch@i:b",
      "[fe80::1;x]:b",
      "`x`@i:b",
    ]) {
      assert.deepEqual(await recordScpkit(["-R", "h:a", target]), [], target);
    }
    const words = (await recordScpkit(["-R", "h:a", "u.v-w@[fe80::1%eth0]:b"])).at(0);
    assert.deepEqual(words?.slice(-3), ["scp", "a", "u.v-w@[fe80::1%eth0]:b"]);
  });

  it("no host and no user of a command line is read as an option of the program", async () => {
    for (const [operand, host, user] of [
      ["-oProxyCommand=touch x:f", "-oProxyCommand=touch x", undefined],
      ["-oProxyCommand=x@h:f", "h", "-oProxyCommand=x"],
    ] as const) {
      const words = (await recordScpkit(["--", operand, "."])).at(0);
      assert.deepEqual(words?.slice(-3, -1), ["--", host]);
      if (user !== undefined) assert.deepEqual(words?.slice(-5, -3), ["-l", user]);
    }
  });

  it("the second of two is in batch mode", async () => {
    const calls = await recordScpkit(["-3", "-P", "44", "u@h:a", "v@i:b"]);
    assert.deepEqual(
      calls.map((words) => words.slice(-7)).sort(),
      [
        ["-p", "44", "-l", "v", "-oBatchMode=yes", "--", "i", "scp -t b"].slice(-7),
        ["-oForwardAgent=no", "-p", "44", "-l", "u", "--", "h", "scp -f a"].slice(-7),
      ].sort(),
    );
  });
});
