// The address of the repository: the field `repository` of the root package.json, and everything derived from it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";
import { files, publishable } from "./workspaces.mjs";

/** Files that link to the repository, apart from manifests. */
const linking = () => [
  "README.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "CODE_OF_CONDUCT.md",
  ...files(".github", /\.(?:yml|md)$/),
  ...publishable().map(({ dir }) => `${dir}/README.md`),
];

/**
 * Reads the address from the root package.json, where it is written as `github:OWNER/NAME`.
 * @returns {string} For example `https://github.com/OWNER/NAME`.
 */
function readAddress() {
  const { repository } = JSON.parse(read("package.json"));
  const path = /^github:([\w.-]+\/[\w.-]+)$/.exec(repository)?.[1];
  if (path === undefined) throw new Error(`repository in package.json is not github:OWNER/NAME: ${repository}`);
  return `https://github.com/${path}`;
}

/**
 * Returns the files whose text does not agree with the address, each with the text that does.
 * @returns {Map<string, string>}
 */
export function outdatedFiles() {
  const address = readAddress();
  const name = address.slice(address.lastIndexOf("/") + 1);
  const links = new RegExp(`https://github\\.com/[\\w.-]+/${name.replaceAll(".", "\\.")}(?![\\w.-])`, "g");
  /** @type {Map<string, string>} */
  const wanted = new Map();
  for (const { dir } of publishable()) wanted.set(`${dir}/package.json`, withAddress(dir, address));
  for (const file of linking().filter((one) => existsSync(join(root, one)))) {
    wanted.set(file, read(file).replaceAll(links, address));
  }
  return new Map([...wanted].filter(([file, text]) => read(file) !== text));
}

/**
 * @param {string} dir
 * @param {string} address
 */
function withAddress(dir, address) {
  const {
    homepage: _homepage,
    bugs: _bugs,
    repository: _repository,
    ...manifest
  } = JSON.parse(read(`${dir}/package.json`));
  const fields = {
    homepage: `${address}/tree/main/${dir}#readme`,
    bugs: `${address}/issues`,
    repository: { type: "git", url: `git+${address}.git`, directory: dir },
  };
  const entries = Object.entries(manifest);
  const at = entries.findIndex(([key]) => key === "license");
  const ordered = [...entries.slice(0, at), ...Object.entries(fields), ...entries.slice(at)];
  return `${JSON.stringify(Object.fromEntries(ordered), undefined, 2)}\n`;
}

/** @param {string} file */
function read(file) {
  return readFileSync(join(root, file), "utf8");
}
