// A program for `scp -S`: runs ssh with the same arguments, and writes what goes over it to $SCP_RECORDING.
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { RecordingWriter } from "./recording.ts";

const { SCP_RECORDING: file = "session.scp.jsonl", SCP_RECORD_SSH: program = "ssh" } = process.env;
const args = process.argv.slice(2);
writeFileSync(file, "");
const recording = new RecordingWriter(args.at(-1) ?? "", (line) => appendFileSync(file, line));
const ssh = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });

process.stdin.on("data", (chunk) => recording.add("client", chunk));
ssh.stdout.on("data", (chunk) => recording.add("server", chunk));
process.stdin.pipe(ssh.stdin);
ssh.stdout.pipe(process.stdout);
ssh.stdin.on("error", () => {});
ssh.on("error", (error) => {
  process.stderr.write(`${program}: ${error.message}\n`);
  process.exitCode = 255;
});
ssh.on("close", (code) => process.exit(code ?? 255));
