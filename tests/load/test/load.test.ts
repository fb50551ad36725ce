import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { describeAttack, describeConcurrent, describeShort, describeSlowLoris, describeSoak } from "../src/describe.ts";
import { attackProblems, concurrentProblems, shortProblems, slowLorisProblems, soakProblems } from "../src/problems.ts";
import { attackedLimits, runAttacks } from "../src/scenarios/attacks.ts";
import { holdSessions } from "../src/scenarios/concurrent.ts";
import { runShortSessions } from "../src/scenarios/short-sessions.ts";
import { runSlowLoris } from "../src/scenarios/slow-loris.ts";
import { runSoak } from "../src/scenarios/soak.ts";
import { type LoadServer, startLoadServer } from "../src/server/load-server.ts";
import type { ServerSettings } from "../src/server/server-messages.ts";

/** A server that goes with the test. */
async function start(t: TestContext, settings: Partial<ServerSettings> = {}): Promise<LoadServer> {
  const server = await startLoadServer({ maxConnections: 500, maxSessionsPerConnection: 20, ...settings });
  t.after(() => server.stop());
  return server;
}

describe("A server under load", () => {
  it("holds a thousand sessions in the middle of a file, and lets go of all they took", async (t) => {
    const server = await start(t);
    const report = await holdSessions(server, { connections: 50, sessionsPerConnection: 20, size: 20_000 });
    t.diagnostic(describeConcurrent(report));
    assert.equal(report.during.active, 1_000);
    assert.deepEqual(concurrentProblems(report, server.temporaryFiles()), []);
  });

  it("is after many short sessions what it was after a few, and so is the client", async (t) => {
    const server = await start(t);
    const report = await runShortSessions(server, { sessions: 1_500, connections: 3 });
    t.diagnostic(describeShort(report));
    assert.ok(report.after.served >= 1_500);
    assert.deepEqual(shortProblems(report, server.temporaryFiles()), []);
  });

  it("serves honest users beside a crowd that holds all it can get, and then ends the crowd", async (t) => {
    const server = await start(t, { loginGraceMs: 8_000, limits: { firstByteMs: 6_000, stallMs: 6_000 } });
    const crowd = { strangers: 60, silentConnections: 8, stalledConnections: 8, honest: 10 };
    const report = await runSlowLoris(server, crowd);
    t.diagnostic(describeSlowLoris(report));
    assert.equal(report.honestMs.length, 10);
    assert.deepEqual(slowLorisProblems(report, crowd, server.temporaryFiles()), []);
  });
});

describe("A server under attack", () => {
  it("lets others log in within a second and holds no more than 64 MiB more", async (t) => {
    if (spawnSync("ssh", ["-V"]).error !== undefined) return t.skip("peer missing: ssh");
    const server = await start(t, { maxConnections: 128, maxStartupsPerAddress: 16, limits: attackedLimits });
    const reports = await runAttacks(server, 3);
    for (const report of reports) t.diagnostic(describeAttack(report));
    assert.deepEqual(attackProblems(reports), []);
  });
});

describe("A client and a server that live long", () => {
  it("hold nothing of the transfers behind them, failed and given up ones included", async (t) => {
    const report = await runSoak(300);
    t.diagnostic(describeSoak(report));
    assert.deepEqual(soakProblems(report), []);
  });
});
