import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

declare global {
  // Deno's checker, told to use Node's types, knows no properties of import.meta.
  interface ImportMeta {
    dirname: string;
  }
}

const folder = import.meta.dirname;

/** The command that runs a TypeScript file of this folder on the runtime of this process. */
function commandOf(script: string): [string, ...string[]] {
  const path = join(folder, script);
  if ("Deno" in globalThis) return [process.execPath, "run", "-A", path];
  if ("Bun" in globalThis) return [process.execPath, path];
  return [process.execPath, "--import", "tsx", path];
}

const env = { ...process.env, HOME: tmpdir(), DENO_DIR: denoFolder() };

/** Deno keeps compiled scripts in a folder, which must not be this user's when a child runs as another. */
function denoFolder(): string | undefined {
  if (!("Deno" in globalThis)) return undefined;
  const cache = mkdtempSync(join(tmpdir(), "scpkit-fs-deno-"));
  chmodSync(cache, 0o777);
  after(() => rmSync(cache, { recursive: true, force: true }));
  return cache;
}

/**
 * Starts a script of this folder.
 *
 * @param around a command that runs the command that follows it: `setpriv`, `unshare`, `sh -c`
 */
export function startChild(script: string, input: object, around: readonly string[] = []): ChildProcess {
  const [command, ...args] = [...around, ...commandOf(script), JSON.stringify(input)];
  if (command === undefined) throw new Error("No command");
  return spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
}

/** Runs a script of this folder and gives what it printed as JSON. */
export async function runChild(script: string, input: object, around: readonly string[] = []): Promise<unknown> {
  const child = startChild(script, input, around);
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const code = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  if (code !== 0) throw new Error(`The child ended with ${code}: ${output}`);
  return JSON.parse(output);
}

/** Whether a command of this machine can be run and succeeds. */
export function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/** Runs a child without privilege; `undefined` where this process cannot arrange that. */
export const asNobody: readonly string[] | undefined =
  process.getuid?.() === 0 ? (works("setpriv", ...nobody.slice(1), "true") ? nobody : undefined) : [];

/** Runs a child with a file system of its own at `folder`; `undefined` where this process cannot mount. */
export function withMount(folder: string, options: string): readonly string[] | undefined {
  if (!works("unshare", "-m", "sh", "-c", `mount -t tmpfs tmpfs ${tmpdir()}`)) return undefined;
  return ["unshare", "-m", "sh", "-c", `mount -t tmpfs -o ${options} tmpfs "${folder}" && exec "$@"`, "sh"];
}
