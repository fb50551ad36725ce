import { spawn } from "node:child_process";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";

/** How {@link copyLocal} runs cp. */
export interface LocalCopyOptions {
  readonly recursive: boolean;
  readonly preserve: boolean;
  /** Told of the command before it is run, quoted for a shell: for `-v`. */
  readonly onCommand?: ((command: string) => void) | undefined;
  /** @default "/bin/cp", found in the PATH where that is missing */
  readonly program?: string | undefined;
}

/** cp is ended by these together with this process, as in scp. */
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Copies one local file to another, as scp does when neither is remote: with `cp [-r] [-p] -- source target`, which shares this
 * process's terminal and standard streams. SIGINT, SIGTERM and SIGHUP are passed on while it runs.
 *
 * @returns whether cp ended with status 0. What went wrong, cp has said itself; a cp that cannot be started rejects.
 * @throws {Error} a directory is to be copied into itself; cp would notice after a while, or not at all
 */
export async function copyLocal(source: string, target: string, options: LocalCopyOptions): Promise<boolean> {
  const argv = [...(options.recursive ? ["-r"] : []), ...(options.preserve ? ["-p"] : []), "--", source, target];
  if (options.recursive && (await isInside(source, target))) {
    throw new Error(`Cannot copy the directory ${JSON.stringify(source)} into itself, ${JSON.stringify(target)}`);
  }
  options.onCommand?.(["cp", ...argv].map(quote).join(" "));
  try {
    return await run(options.program ?? "/bin/cp", argv);
  } catch (error) {
    if (options.program !== undefined || !isMissing(error)) throw error;
    return await run("cp", argv);
  }
}

/** Whether `target` is, or will be, in the directory `source`, or is that directory. */
async function isInside(source: string, target: string): Promise<boolean> {
  try {
    if (!(await stat(source)).isDirectory()) return false;
    const from = await realpath(source);
    const to = await realpath(target).catch(async () => join(await realpath(dirname(target)), basename(target)));
    return to === from || to.startsWith(from.endsWith(sep) ? from : `${from}${sep}`);
  } catch {
    // cp has the words for what is missing.
    return false;
  }
}

function run(program: string, argv: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { argv0: "cp", stdio: "inherit" });
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    for (const signal of forwarded) process.on(signal, forward);
    const settle = (): void => {
      for (const signal of forwarded) process.off(signal, forward);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("close", (code) => {
      settle();
      resolve(code === 0);
    });
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
