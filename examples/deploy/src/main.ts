// deploy FOLDER HOST:PATH...   to hosts of your ssh configuration
// deploy                       to three SSH servers that it starts on this machine

import { createSshProgramTransport } from "@scpkit/child-process";
import { walk } from "@scpkit/fs";
import { type DeployHost, type DeployOutcome, deploy } from "./deploy.ts";
import { startDemo } from "./start-demo.ts";

const [folder, ...targets] = process.argv.slice(2);

function hostOf(target: string): DeployHost {
  const [host = "", path = "."] = target.split(/:(.*)/s);
  return { name: host, transport: createSshProgramTransport({ host }), path: path === "" ? "." : path };
}

function print(outcome: DeployOutcome): void {
  if ("summary" in outcome) {
    const { files, directories, bytes } = outcome.summary;
    console.log(`${outcome.name}: ${files} files, ${directories} directories, ${bytes} bytes`);
  } else {
    console.log(`${outcome.name}: ${outcome.error instanceof Error ? outcome.error.message : outcome.error}`);
  }
}

const demo = folder === undefined ? await startDemo() : undefined;
const outcomes = await deploy(
  walk(demo?.folder ?? folder ?? "", { recursive: true }),
  demo?.hosts ?? targets.map(hostOf),
);
for (const outcome of outcomes) print(outcome);
await demo?.close();
const expected = demo === undefined ? 0 : 1;
process.exitCode = outcomes.filter((outcome) => "error" in outcome).length === expected ? 0 : 1;
