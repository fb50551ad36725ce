#!/usr/bin/env node
try {
  await import("../dist/main.js");
} catch (error) {
  // Modules are files as well. This message must not need another one.
  if (error?.code !== "EMFILE" && error?.code !== "ENFILE") throw error;
  process.stderr.write("scpkit: Too many open files\nhint: Raise the limit with ulimit -n\n");
  process.exitCode = 1;
}
