import { lstat, readdir } from "node:fs/promises";

/**
 * Returns the files that match an absolute path with `*`, `?` and `[…]`, sorted, like glob(3): a wildcard matches
 * neither a slash nor a leading dot, and a backslash escapes the next character.
 */
export async function expandGlob(pattern: string): Promise<string[]> {
  const segments = pattern.split(/\/+/).filter((segment) => segment !== "");
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const segment of segments) {
    const matches = await Promise.all(found.map((folder) => matchSegment(folder, segment)));
    found = matches.flat();
  }
  return found;
}

async function matchSegment(folder: string, segment: string): Promise<string[]> {
  const path = (name: string) => (folder === "" || folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`);
  if (!/[*?[]/.test(segment.replace(/\\./gs, ""))) {
    const plain = path(segment.replace(/\\(.)/gs, "$1"));
    return (await exists(plain)) ? [plain] : [];
  }
  const wanted = segmentPattern(segment);
  let names: string[];
  try {
    names = await readdir(folder === "" ? "." : folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => wanted.test(name) && (segment.startsWith(".") || !name.startsWith(".")))
    .sort()
    .map(path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

function segmentPattern(segment: string): RegExp {
  const source = segment.replace(/\\(.)|\[([!^]?)(\]?[^\]]*)\]|(.)/gs, (_whole, escaped, not, set, plain) => {
    if (set !== undefined) return `[${not === "" ? "" : "^"}${set.replace(/[\\\]^[]/g, "\\$&")}]`;
    if (plain === "*") return ".*";
    if (plain === "?") return ".";
    return (escaped ?? plain).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    return /(?!)/; // A range that runs backwards matches nothing.
  }
}
