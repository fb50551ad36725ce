import { CommandLineError, parseOptions, type ScpkitCommand } from "./command-line/parse.ts";

process.exitCode = await main(process.argv.slice(2));

/** Runs the command. Modules that take long to load are imported where they are needed. */
async function main(argv: readonly string[]): Promise<number> {
  // A closed pipe (`| head`) must not crash the process.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let command: ScpkitCommand;
  try {
    command = parseOptions(argv);
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    process.stderr.write(error.text);
    return error.exitCode;
  }
  switch (command.type) {
    case "copy":
      return leave(await (await import("./copy/copy.ts")).runCopy(command));
    case "source":
    case "sink":
      return (await import("./commands/remote-side.ts")).runServerMode(command);
    case "serve":
      return (await import("./commands/serve.ts")).runServe(command.argv);
    case "clean":
      return (await import("./commands/clean.ts")).runClean(command.argv);
    case "help":
      process.stdout.write((await import("./command-line/usage.ts")).help("scpkit"));
      return 0;
    case "version":
      process.stdout.write(`scpkit ${(await import("./version.ts")).version}\n`);
      return 0;
    case "completion":
      process.stdout.write((await import("./command-line/completions.ts")).completions(command.shell));
      return 0;
  }
}

/** Ends the process when all output is written. Closing connections would keep it alive for another round trip. */
async function leave(exitCode: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write("", resolve));
  process.exit(exitCode);
}
