import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findProgram } from "./find-program.ts";

/** A JavaScript runtime that can run a script. */
export interface Runtime {
  /** As it is named on the command line: `node`, `node24`, `bun`, `deno`; Node also with `-no-addon`. */
  readonly name: string;
  /** What comes before the script on the command line. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Version as the runtime prints it. */
  readonly version: string;
  /** ssh2's native addon is loaded. */
  readonly addon: boolean;
}

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const addonSwitch = fileURLToPath(new URL("addon-switch.cjs", import.meta.url));
const addonPath = "lib/protocol/crypto/build/Release/sshcrypto.node";
const ssh2Folder = dirname(require.resolve("ssh2/package.json"));
const binFolder = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));
const cacheFolder = fileURLToPath(new URL("../../node_modules/.cache/scpkit-bench", import.meta.url));

/**
 * Finds a runtime by name; other versions of Node come from npm through `npx`.
 *
 * @throws with what is missing
 */
export async function resolveRuntime(name: string): Promise<Runtime> {
  if (name === "bun" || name === "deno") return await packagedRuntime(name);
  const match = /^node(\d*)(-no-addon)?$/.exec(name);
  if (match === null) throw new Error(`There is no runtime ${JSON.stringify(name)}: use node, node24, bun or deno`);
  const major = match[1] ?? "";
  const program = major === "" ? process.execPath : await nodeFromNpm(major);
  const version = (await run(program, ["--version"])).stdout.trim();
  const withAddon = match[2] === undefined;
  const addon = withAddon ? await addonFor(program, version, major) : undefined;
  const choice = addon ?? "none";
  return {
    name,
    words: [program, "--require", addonSwitch],
    env: { SCPKIT_BENCH_ADDON: choice },
    version,
    addon: addon !== undefined,
  };
}

async function packagedRuntime(name: "bun" | "deno"): Promise<Runtime> {
  const program = findProgram(name, [binFolder]);
  if (program === undefined) throw new Error(`${name} is not installed`);
  const { stdout } = await run(program, ["--version"]);
  const version = stdout.split("\n")[0] ?? "";
  const words = name === "deno" ? [program, "run", "--allow-all", "--quiet"] : [program];
  // Neither can load the addon.
  return { name, words, env: {}, version, addon: false };
}

async function nodeFromNpm(major: string): Promise<string> {
  const { stdout } = await run("npx", ["--yes", "-p", `node@${major}`, "-c", 'node -p "process.execPath"']);
  return stdout.trim();
}

/** The addon of the installed ssh2 when it was built for this Node, one built for the purpose when not, nothing when that fails. */
async function addonFor(program: string, version: string, major: string): Promise<string | undefined> {
  const installed = join(ssh2Folder, addonPath);
  if (await loads(program, installed)) return installed;
  if (major === "") return undefined;
  const { version: ssh2Version } = require("ssh2/package.json") as { version: string };
  const folder = join(cacheFolder, `ssh2-${ssh2Version}-node-${version}`);
  const built = join(folder, "node_modules/ssh2", addonPath);
  if (!existsSync(built)) {
    mkdirSync(folder, { recursive: true });
    const install = `npm install --no-save --prefix ${folder} ssh2@${ssh2Version}`;
    // The headers are in the npm package of Node, so that node-gyp has nothing to download.
    const env = { ...process.env, npm_config_nodedir: dirname(dirname(program)) };
    await run("npx", ["--yes", "-p", `node@${major}`, "-c", install], { env }).catch(() => undefined);
  }
  return (await loads(program, built)) ? built : undefined;
}

async function loads(program: string, addon: string): Promise<boolean> {
  return await run(program, ["-e", `require(${JSON.stringify(addon)})`]).then(
    () => true,
    () => false,
  );
}
