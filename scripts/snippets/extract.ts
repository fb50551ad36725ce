import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.mjs";

/** A fenced code block of a Markdown file. */
export interface Snippet {
  /** Path from the repository's root. */
  readonly file: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** Whether the info string says `run`. */
  readonly isRun: boolean;
  readonly code: string;
}

/** Returns the fenced blocks of Markdown text, in order; a fence may be indented, as in a list. */
export function extractSnippets(file: string, text: string): readonly Snippet[] {
  const snippets: Snippet[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(\S*)\s*(.*)$/.exec(lines[at] ?? "");
    if (fence === null) continue;
    const [, indent = "", marks = "", language = "", info = ""] = fence;
    const body: string[] = [];
    const line = at + 1;
    for (at += 1; at < lines.length && !(lines[at] ?? "").trim().startsWith(marks); at += 1) {
      const own = lines[at] ?? "";
      body.push(own.startsWith(indent) ? own.slice(indent.length) : own.trimStart());
    }
    snippets.push({ file, line, language, isRun: info.split(/\s+/).includes("run"), code: body.join("\n") });
  }
  return snippets;
}

/** Reads a Markdown file of the repository. */
export function readSnippets(file: string): readonly Snippet[] {
  return extractSnippets(file, readFileSync(join(root, file), "utf8"));
}
