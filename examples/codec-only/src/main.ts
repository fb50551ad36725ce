import { readFile } from "node:fs/promises";
import { dumpRecording } from "./dump-recording.ts";
import { receiveFiles } from "./receive-files.ts";
import { parseRecording } from "./recording.ts";
import { sendFiles } from "./send-files.ts";

const [command, ...args] = process.argv.slice(2);
const [first = "", ...rest] = args;

if (command === "receive" && rest.length <= 1) {
  const { port } = await receiveFiles(first, Number(rest[0] ?? 0));
  console.log(`Listening on 127.0.0.1 port ${port}`);
} else if (command === "send" && rest.length > 0) {
  const complaints = await sendFiles(Number(first), rest);
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
} else if (command === "dump" && rest.length === 0) {
  for (const line of dumpRecording(parseRecording(await readFile(first, "utf8")))) console.log(line);
} else {
  console.error("usage: main.ts receive FOLDER [PORT] | send PORT FILE... | dump RECORDING");
  process.exitCode = 2;
}
