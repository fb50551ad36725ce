import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findProgram } from "@scpkit/test-support/programs";

/** A JavaScript runtime that can run a script. */
export interface Runtime {
  /** As it is named on the command line: `node`, `node24`, `bun`, `deno`; Node also with `-no-addon`. */
  readonly name: string;
  /** What comes before the script on the command line. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Name and version. */
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
 * Finds a runtime by name; other versions of Node come from npm, and are kept in `node_modules/.cache`.
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
  // The running Node is taken as it is installed; results say whether it has the addon.
  const findAddon = major === "" ? installedAddon : addonFor;
  const addon = match[2] === undefined ? await findAddon(program, version) : undefined;
  return {
    name,
    words: [program, "--require", addonSwitch],
    env: { SCPKIT_BENCH_ADDON: addon ?? "none" },
    version: `node ${version}`,
    addon: addon !== undefined,
  };
}

async function packagedRuntime(name: "bun" | "deno"): Promise<Runtime> {
  const program = findProgram(name, [binFolder]);
  if (program === undefined) throw new Error(`${name} is not installed`);
  const { stdout } = await run(program, ["--version"]);
  const line = stdout.split("\n")[0] ?? "";
  const version = line.startsWith(name) ? line : `${name} ${line}`;
  const words = name === "deno" ? [program, "run", "--allow-all", "--quiet"] : [program];
  // Neither can load the addon.
  return { name, words, env: {}, version, addon: false };
}

/** Node as npm has it for this platform: the program and, beside it, the headers that addons are built with. */
async function nodeFromNpm(major: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cacheFolder, `node-${major}`);
  const program = join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(program)) await npmInstall(folder, `${name}@${major}`);
  return program;
}

/**
 * The addon of the installed ssh2 when it was built for this Node, otherwise one built for the purpose.
 *
 * @throws when it cannot be built: a result must not be taken for one with the addon
 */
async function addonFor(program: string, version: string): Promise<string> {
  const installed = await installedAddon(program);
  if (installed !== undefined) return installed;
  const { version: ssh2Version } = require("ssh2/package.json") as { version: string };
  const folder = join(cacheFolder, `ssh2-${ssh2Version}-node-${version}`);
  const own = join(folder, "node_modules", "ssh2");
  const built = join(own, addonPath);
  if (!existsSync(built)) {
    await npmInstall(folder, `ssh2@${ssh2Version}`);
    const env = {
      ...process.env,
      PATH: dirname(program) + delimiter + process.env.PATH,
      npm_config_nodedir: dirname(dirname(program)),
    };
    // ssh2's own script ends well even when the compiler fails.
    await run("npm", ["exec", "-c", "node install.js"], { cwd: own, env });
  }
  if (await loads(program, built)) return built;
  throw new Error(`The addon of ssh2 ${ssh2Version} could not be built for Node ${version}`);
}

async function installedAddon(program: string): Promise<string | undefined> {
  const installed = join(ssh2Folder, addonPath);
  return (await loads(program, installed)) ? installed : undefined;
}

async function npmInstall(folder: string, what: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await run("npm", ["install", "--no-save", "--ignore-scripts", "--prefix", folder, what]);
}

async function loads(program: string, addon: string): Promise<boolean> {
  return await run(program, ["-e", `require(${JSON.stringify(addon)})`]).then(
    () => true,
    () => false,
  );
}
