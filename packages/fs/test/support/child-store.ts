/** Stores files as told on the command line and prints what came of it. Run by {@link runChild}. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createFsTarget, type FsTargetOptions, walk } from "../../src/index.ts";
import { codeOf, enter, flatten, type SentAs, store } from "./transfer.ts";

export interface StoreInput {
  readonly path: string;
  readonly options?: FsTargetOptions;
  /** Written before, directly. */
  readonly before?: Readonly<Record<string, string>>;
  /** A shell command run after `before`. */
  readonly shell?: string;
  /** Use up all descriptors while the steps run. */
  readonly exhaust?: boolean;
  readonly steps: readonly StoreStep[];
  /** Walk this path and report it. */
  readonly walk?: string;
}

export interface StoreStep extends SentAs {
  readonly type: "file" | "directory";
  readonly name: string;
  /** Bytes of a file, all `x`. */
  readonly length?: number;
}

export interface StoreOutput {
  /** One per step: `ok`, or code and message. */
  readonly results: readonly string[];
  /** Names, with the first 20 characters of files. */
  readonly left: Readonly<Record<string, string>>;
  readonly walked?: Readonly<Record<string, string>> | undefined;
}

const input: StoreInput = JSON.parse(process.argv.at(-1) ?? "");

async function main(): Promise<StoreOutput> {
  for (const [name, text] of Object.entries(input.before ?? {})) writeFileSync(`${input.path}/${name}`, text);
  if (input.shell !== undefined) execFileSync("sh", ["-c", input.shell]);
  const target = await createFsTarget(input.path, input.options);
  // The runtime itself may need a descriptor for the first use of something.
  if (input.exhaust) await outcome(() => store(target, "warm-up", "x"));
  const spare = input.exhaust ? exhaust() : undefined;
  const results: string[] = [];
  for (const { type, name, length = 0, ...sentAs } of input.steps) {
    const run = async (): Promise<void> => {
      if (type === "file") await store(target, name, "x".repeat(length), sentAs);
      else await (await enter(target, name, sentAs)).close?.();
    };
    results.push(await outcome(run));
  }
  spare?.();
  const walked = input.walk === undefined ? undefined : await flatten(walk(input.walk, { recursive: true }));
  return { results, left: list(input.path), walked };
}

async function outcome(run: () => Promise<void>): Promise<string> {
  try {
    await run();
    return "ok";
  } catch (error) {
    return `${codeOf(error)} ${error instanceof Error ? error.message : ""}`;
  }
}

/** @returns what gives the descriptors back */
function exhaust(): () => void {
  const fds: number[] = [];
  try {
    for (;;) fds.push(openSync("/dev/null", "r"));
  } catch {}
  return () => {
    for (const fd of fds) closeSync(fd);
  };
}

function list(path: string): Record<string, string> {
  const left: Record<string, string> = {};
  for (const name of readdirSync(path)) {
    left[name] = statSync(`${path}/${name}`).isFile()
      ? readFileSync(`${path}/${name}`, "utf8").slice(0, 20)
      : "directory";
  }
  return left;
}

process.stdout.write(`${JSON.stringify(await main())}\n`);
