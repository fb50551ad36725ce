// A command line that a client wants to be run.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatCommand, parseCommand } from "@scpkit/codec";
import { commandVectors } from "@scpkit/conformance";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  dictionary: [
    "scp ",
    " -f ",
    " -t ",
    "-r",
    "-prv",
    "-d",
    "--",
    "'",
    '"',
    "\\",
    "\\\n",
    "$x",
    "$(",
    "`",
    "~",
    "*",
    "{a,b}",
    ";",
    "/bin/scp",
  ],
  *seeds() {
    for (const { line } of commandVectors) yield new TextEncoder().encode(line);
  },
  run(input) {
    const line = new TextDecoder().decode(input);
    const command = parseCommand(line);
    if (command === undefined) return;
    const { program, paths, patterns } = command;
    strictEqual(patterns.length, paths.length);
    ok(!paths.some((path) => path.includes("\0")), "A NUL in a path");
    ok(program.endsWith("scp") && !program.endsWith("\0scp"), `The program ${program}`);
    // Outside quotes none of these survives; inside single quotes all may.
    if (!/['"\\]/.test(line))
      ok(
        !/[;&|<>()`\n#$]/.test(
          line
            .replace(/\0$/, "")
            .trim()
            .replace(/\$(?=[^A-Za-z0-9_@*#?$!({[-]|$)/g, "")
            .replace(/(?<=[^ \t])#/g, ""),
        ),
        `Let through: ${line}`,
      );
    if (!/^[\w/.+-]+$/.test(program)) return;
    for (const quote of ["posix", "bare-if-safe"] as const) {
      const written = formatCommand(command, { quote, allowNewline: true });
      const again = parseCommand(written);
      ok(again !== undefined, `Written and not read again: ${written}`);
      deepStrictEqual({ ...again, patterns }, command, "Writing and reading changed the command");
      ok(!again.patterns.includes(true), "A quoted path is a pattern");
    }
    // Double quotes cannot carry everything, but what is read is what was written.
    const doubled = parseCommand(formatCommand(command, { quote: "double", allowNewline: true }));
    if (doubled !== undefined) deepStrictEqual(doubled.paths, paths);
  },
};
