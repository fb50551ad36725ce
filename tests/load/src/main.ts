// `npm run load`: runs the full load tests; `npm run test:all` runs them with smaller numbers.

import { describeAttack, describeConcurrent, describeShort, describeSlowLoris, describeSoak } from "./describe.ts";
import { attackProblems, concurrentProblems, shortProblems, slowLorisProblems, soakProblems } from "./problems.ts";
import { attackedLimits, runAttacks } from "./scenarios/attacks.ts";
import { holdSessions } from "./scenarios/concurrent.ts";
import { runShortSessions } from "./scenarios/short-sessions.ts";
import { runSlowLoris } from "./scenarios/slow-loris.ts";
import { runSoak } from "./scenarios/soak.ts";
import { startLoadServer } from "./server/load-server.ts";

/** Prints the figures and their problems. */
function tell(figures: string, problems: readonly string[]): void {
  console.log(figures);
  for (const problem of problems) console.log(`PROBLEM ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}

const settings = { maxConnections: 1_000, maxSessionsPerConnection: 20 };

const concurrent = await startLoadServer(settings);
const held = { connections: 50, sessionsPerConnection: 20, size: 64 * 1024 };
const concurrentReport = await holdSessions(concurrent, held);
tell(describeConcurrent(concurrentReport), concurrentProblems(concurrentReport, concurrent.temporaryFiles()));
await concurrent.stop();

const row = await startLoadServer(settings);
const rowReport = await runShortSessions(row, { sessions: 10_000, connections: 4 });
tell(describeShort(rowReport), shortProblems(rowReport, row.temporaryFiles()));
await row.stop();

const limits = { firstByteMs: 30_000, stallMs: 30_000 };
const crowded = await startLoadServer({ ...settings, loginGraceMs: 30_000, limits });
const crowd = { strangers: 200, silentConnections: 25, stalledConnections: 25, honest: 50 };
const crowdReport = await runSlowLoris(crowded, crowd);
tell(describeSlowLoris(crowdReport), slowLorisProblems(crowdReport, crowd, crowded.temporaryFiles()));
await crowded.stop();

const bounds = { maxConnections: 128, maxStartupsPerAddress: 16, limits: attackedLimits };
const attacked = await startLoadServer({ ...settings, ...bounds });
const attackReports = await runAttacks(attacked, 15);
tell(attackReports.map(describeAttack).join("\n"), attackProblems(attackReports));
await attacked.stop();

const soakReport = await runSoak(2_000);
tell(describeSoak(soakReport), soakProblems(soakReport));
