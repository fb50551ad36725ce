import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../lib/run.mjs";

/** A link to another place in the repository. */
export interface Link {
  /** Line in its file, from 1. */
  readonly line: number;
  /** As written. */
  readonly target: string;
}

/** Returns the links of Markdown text that have no scheme, outside of code. */
export function relativeLinks(text: string): readonly Link[] {
  const prose = text.replace(/^[ \t]*```[\s\S]*?\n[ \t]*```|`[^`\n]+`/gm, (code) => code.replaceAll(/[^\n]/g, "_"));
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(({ 1: target = "", index }) => ({ line: text.slice(0, index).split("\n").length, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** Returns a line for each relative link of a Markdown file whose file or heading does not exist. */
export function deadLinks(file: string): string[] {
  return relativeLinks(readFileSync(join(root, file), "utf8"))
    .filter(({ target }) => !leadsSomewhere(file, target))
    .map(({ line, target }) => `${file}:${line}: ${target}`);
}

function leadsSomewhere(file: string, target: string): boolean {
  const [path = "", heading] = target.split("#");
  const linked = path === "" ? file : posix.join(posix.dirname(file), path);
  if (!existsSync(join(root, linked))) return false;
  return heading === undefined || headings(readFileSync(join(root, linked), "utf8")).includes(heading);
}

/** Returns the anchors that GitHub gives to the headings of Markdown text. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(({ 1: title = "" }) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
