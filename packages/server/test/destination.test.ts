import assert from "node:assert/strict";
import { test } from "node:test";
import { type ScpPolicyEntry, tee, withPolicy, withSourcePolicy } from "@scpkit/middleware";
import { download } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { type ScpEntry, upload } from "@scpkit/source";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { transfer } from "@scpkit/test-support/memory/transfer";
import { type ScpServeOptions, serveCommand } from "../src/index.ts";
import { createTransport } from "./support/session-pair.ts";

/** A server with a policy that allows everything, and what the policy was asked. */
function connect(handlers: ScpServeOptions): { transport: ReturnType<typeof createTransport>; asked: string[] } {
  const asked: string[] = [];
  const policy = ({ direction, type, path, name }: ScpPolicyEntry) => {
    asked.push(`${direction} ${type} ${path} (${name.text})`);
    return { type: "allow" } as const;
  };
  return {
    transport: createTransport((command, channel) => serveCommand(command, channel, { ...handlers, policy })),
    asked,
  };
}

test("a policy is asked about the path of an upload, with all below it", async () => {
  const stored = createMemoryTarget();
  const { transport, asked } = connect({ target: ({ command }, path) => stored.at(path, command) });
  await upload(transport, "/shell.php", [file("ok.txt", "1")]);
  await upload(transport, "new", [directory("d", [file("a", "1")])]);
  await upload(transport, "new", [directory("d", [file("a", "1")])]);
  assert.deepEqual(asked, [
    "upload file shell.php (shell.php)",
    "upload directory new (new)",
    "upload file new/a (a)",
    "upload directory new/d (d)",
    "upload file new/d/a (a)",
  ]);
  assert.deepEqual([...stored.entries.keys()], ["shell.php", "new", "new/a", "new/d", "new/d/a"]);
});

test("a policy is asked about the whole path of a download", async () => {
  const rows: readonly [path: string, entry: ScpEntry, asked: readonly string[]][] = [
    // What the storage says is believed.
    ["pub/link", file("link", "1", { path: "secret/key" }), ["file secret/key (key)"]],
    [".", { ...directory("home", [file("a", "1")]), path: "" }, ["directory  (home)", "file a (a)"]],
    ["d", { ...directory("d", [file("a", "1", { path: "x/y" })]), path: "e" }, ["directory e (e)", "file x/y (y)"]],
    // Of what it does not say, the path of the command is.
    ["secret/key", file("key", "1"), ["file secret/key (key)"]],
    [
      "/./secret//../secret/",
      directory("secret", [file("a", "1")]),
      ["directory secret (secret)", "file secret/a (a)"],
    ],
    ["~/x", file("x", "1"), ["file ~/x (x)"]],
    ["*.csv", file("a.csv", "1"), ["file a.csv (a.csv)"]],
  ];
  for (const [path, entry, expected] of rows) {
    const { transport, asked } = connect({ entries: () => [entry] });
    await download(transport, path, createMemoryTarget(), { recursive: true, acceptName: () => true });
    assert.deepEqual(
      asked,
      expected.map((line) => `download ${line}`),
      path,
    );
  }
});

test("layers of source wrappers agree about the path", async () => {
  const asked: string[] = [];
  const note = ({ path }: ScpPolicyEntry) => {
    asked.push(path);
    return { type: "rename", name: `${asked.length}` } as const;
  };
  const twice = withSourcePolicy(withSourcePolicy([directory("d", [file("a", "1")])], note), note);
  const arrived = createMemoryTarget();
  await transfer(twice, arrived);
  assert.deepEqual(asked, ["d", "d", "d/a", "d/a"]);
  assert.deepEqual([...arrived.entries.keys()], ["2", "2/4"]);
});

test("a policy is asked about an absolute path as it is", async () => {
  const asked: string[] = [];
  const target = { ...createMemoryTarget(), destination: { directory: "/" } };
  const policed = withPolicy(target, ({ path }) => {
    asked.push(path);
    return { type: "allow" };
  });
  await transfer([directory("etc", [file("passwd", "")])], policed);
  assert.deepEqual(asked, ["/etc", "/etc/passwd"]);
});

test("tee stores under the destination of each side, and a rename on both", async () => {
  for (const [renamed, expected] of [
    [undefined, ["one", "two"]],
    ["other", ["other", "other"]],
  ] as const) {
    const [one, two] = [createMemoryTarget(), createMemoryTarget()];
    const both = tee(await one.at("in/one"), await two.at("two"));
    const policed = withPolicy(both, ({ path }) =>
      renamed !== undefined && path === "in/one" ? { type: "rename", name: renamed } : { type: "allow" },
    );
    await transfer([directory("d", [file("a", "1")])], policed);
    assert.deepEqual([...one.entries.keys()], [`in/${expected[0]}`, `in/${expected[0]}/a`]);
    assert.deepEqual([...two.entries.keys()], [expected[1], `${expected[1]}/a`]);
  }
  const [one, two] = [createMemoryTarget(), createMemoryTarget()];
  await transfer([file("a", "1")], tee(await one.at("in/one"), two));
  assert.deepEqual([...two.entries.keys()], ["in/one"]);
});
