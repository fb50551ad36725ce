import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { holdSessions } from "../src/concurrent.ts";
import { describeConcurrent, describeFlood, describeShort, describeSlowLoris, describeSoak } from "../src/describe.ts";
import { floodLimits, runFlood } from "../src/flood.ts";
import { type LoadServer, startLoadServer } from "../src/load-server.ts";
import { concurrentProblems, floodProblems, shortProblems, slowLorisProblems, soakProblems } from "../src/problems.ts";
import type { ServerSettings } from "../src/server-messages.ts";
import { runShortSessions } from "../src/short-sessions.ts";
import { runSlowLoris } from "../src/slow-loris.ts";
import { runSoak } from "../src/soak.ts";

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

  it("serves honest users beside floods of records that it refuses or forgets", async (t) => {
    const server = await start(t, { limits: floodLimits });
    const report = await runFlood(server, 10);
    t.diagnostic(describeFlood(report));
    assert.ok((report.after.failures["limit-refusals"] ?? 0) > 0);
    assert.deepEqual(floodProblems(report), []);
  });
});

describe("A client and a server that live long", () => {
  it("hold nothing of the transfers behind them, failed and given up ones included", async (t) => {
    const report = await runSoak(300);
    t.diagnostic(describeSoak(report));
    assert.deepEqual(soakProblems(report), []);
  });
});
