// Runs in its own thread: an input that never ends, or that uses all memory, ends only this thread.
import { parentPort, workerData } from "node:worker_threads";
import { Coverage } from "./coverage.ts";
import { fuzz } from "./fuzz.ts";
import type { FuzzJob, FuzzMessage } from "./job.ts";
import type { FuzzTarget } from "./target.ts";

const job: FuzzJob = workerData;
const { target }: { target: FuzzTarget } = await import(job.bundle);
const counters = Reflect.get(globalThis, job.coverageVariable);
if (typeof counters !== "object" || counters === null) throw new Error("The target's code counts nothing");

let inputAt = -1;
const shared = new Int32Array(job.current, 0, 2);
const bytes = new Uint8Array(job.current, 8);
const send = (message: FuzzMessage): void => parentPort?.postMessage(message);
// An unhandled rejection is a finding of the current input.
const stray: unknown[] = [];
process.on("unhandledRejection", (reason) => stray.push(reason));

send(
  await fuzz(target, job, new Coverage({ ...counters }), {
    begin(input) {
      inputAt += 1;
      bytes.set(input.subarray(0, bytes.length));
      shared[1] = input.length;
      Atomics.store(shared, 0, inputAt);
    },
    takeStray: () => stray.splice(0),
  }),
);
