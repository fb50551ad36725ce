import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { findProgram } from "@scpkit/test-support/programs";
import type { BenchCase } from "../src/cases.ts";
import { type Environment, openEnvironment } from "../src/environment/environment.ts";
import { randomFile, smallFiles } from "../src/environment/fixtures.ts";
import { choosePeers } from "../src/peers/all.ts";
import type { Peer } from "../src/peers/peer.ts";
import type { PeerResult } from "../src/report/results.ts";
import { runScenario } from "../src/run-scenario.ts";

const common = { title: "", preserve: true, delaysMs: [0], equalCipherDelaysMs: [] };
const tree: BenchCase = { ...common, name: "a-tree", recipe: smallFiles(12, 3) };
const file: BenchCase = { ...common, name: "a-file", recipe: randomFile(300_000) };
const missing = ["sshd", "ssh", "scp", "python3"].find((name) => findProgram(name, ["/usr/bin"]) === undefined);

describe("runScenario", () => {
  let environment: Environment;
  let peers: Peer[];

  before(async () => {
    if (missing !== undefined) return;
    environment = await openEnvironment();
    peers = (await choosePeers({ names: ["scp", "scp-O", "tar", "rsync", "sftp-client", "cat"] })).present;
  });

  after(async () => {
    if (missing !== undefined) return;
    await environment.close();
    assert.ok(!existsSync(environment.folder));
  });

  const run = async (
    scenario: { benchCase: BenchCase; direction: "up" | "down"; delayMs?: number; cipher?: string },
    taking: readonly Peer[] = peers,
    limits: { limitSeconds?: number; deadlineMs?: number; hopeless?: Map<string, number>; rounds?: number } = {},
  ): Promise<readonly PeerResult[]> => {
    const { limitSeconds = 60, deadlineMs = Number.POSITIVE_INFINITY, hopeless = new Map(), rounds = 1 } = limits;
    const bounds = { rounds, limitSeconds, patienceSeconds: 60, deadlineMs, signal: new AbortController().signal };
    return (await runScenario(environment, { delayMs: 0, ...scenario }, taking, bounds, hopeless)).peers;
  };

  const skips = (t: TestContext): boolean => {
    if (missing !== undefined) t.skip(`peer missing: ${missing}`);
    return missing !== undefined;
  };

  for (const direction of ["down", "up"] as const) {
    it(`every peer copies a tree and a file right, ${direction}`, async (t) => {
      if (skips(t)) return;
      for (const benchCase of [tree, file]) {
        const results = await run({ benchCase, direction });
        assert.deepEqual(
          results.map(({ peer, note }) => ({ peer, note })),
          peers
            .filter(({ name }) => benchCase === file || name !== "cat")
            .map(({ name }) => ({ peer: name, note: undefined })),
        );
        assert.ok(results.every(({ seconds }) => seconds.length === 1));
      }
    });
  }

  it("works through the proxy, with the cipher that was asked for", async (t) => {
    if (skips(t)) return;
    const cipher = "aes128-gcm@openssh.com";
    const results = await run({ benchCase: tree, direction: "down", delayMs: 5, cipher });
    assert.deepEqual(
      results.map(({ note }) => note),
      results.map(() => undefined),
    );
    assert.ok((environment.describe().roundTripsMs[5] ?? 0) >= 4);
  });

  it("reports a peer whose copy is wrong, and goes on with the others", async (t) => {
    if (skips(t)) return;
    const peer = (name: string, command: string): Peer => ({
      name,
      preserves: true,
      shapes: ["tree", "file"],
      problem: async () => undefined,
      command: ({ source, destination }) => ({
        argv: ["sh", "-c", command.replaceAll("SOURCE", source).replaceAll("DESTINATION", destination)],
      }),
    });
    const results = await run({ benchCase: file, direction: "down" }, [
      peer("short", "head -c 299999 SOURCE > DESTINATION"),
      peer("damaged", "(head -c 299999 SOURCE; printf x) > DESTINATION"),
      peer("right", "cp SOURCE DESTINATION"),
    ]);
    assert.match(results[0]?.note ?? "", /299999 bytes arrived instead of 300000/);
    assert.match(results[1]?.note ?? "", /SHA-256/);
    assert.equal(results[2]?.note, undefined);
    assert.deepEqual(
      results.map(({ failed }) => failed),
      [true, true, undefined],
    );
    assert.deepEqual(
      results.map(({ seconds }) => seconds.length),
      [0, 0, 1],
    );
  });

  it("stops a peer at its limit and does not try it farther away", async (t) => {
    if (skips(t)) return;
    const slow: Peer = {
      name: "slow",
      preserves: false,
      shapes: ["file"],
      problem: async () => undefined,
      command: () => ({ argv: ["sleep", "600"] }),
    };
    const hopeless = new Map<string, number>();
    const limits = { limitSeconds: 0.2, hopeless, rounds: 3 };
    const [near] = await run({ benchCase: file, direction: "up" }, [slow], limits);
    assert.deepEqual([near?.overSeconds, near?.note], [0.2, "stopped after 0.2 s"]);
    const [far] = await run({ benchCase: file, direction: "up", delayMs: 5 }, [slow], limits);
    assert.deepEqual([far?.overSeconds, far?.note], [0.2, "not run: it took over 0.2 s nearer by"]);
    const [other] = await run({ benchCase: file, direction: "down" }, [slow], { ...limits, deadlineMs: 0 });
    assert.deepEqual([other?.overSeconds, other?.note], [undefined, "not run: the time was up"]);
  });

  it("gives remote commands a shell that reads no start-up file", async (t) => {
    if (skips(t)) return;
    const { configFile, host } = await environment.access(0);
    const home = join(environment.folder, "home");
    for (const name of [".bashrc", ".bash_profile", ".profile"])
      writeFileSync(join(home, name), "echo start-up file\n");
    const output = execFileSync("ssh", ["-F", configFile, host, 'echo "$HOME"'], { encoding: "utf8" });
    assert.equal(output, `${home}\n`);
  });
});
