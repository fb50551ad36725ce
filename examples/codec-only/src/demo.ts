// Two sides of one protocol over a TCP socket of this machine, and what they said to each other.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dumpRecording } from "./dump-recording.ts";
import { receiveFiles } from "./receive-files.ts";
import { parseRecording, RecordingWriter } from "./recording.ts";
import { relayRecorded } from "./relay-recorded.ts";
import { sendFiles } from "./send-files.ts";

const folder = await mkdtemp(join(tmpdir(), "scpkit-codec-only-"));
const inbox = await mkdtemp(join(tmpdir(), "scpkit-codec-only-"));
const paths = ["hello.txt", "numbers.csv"].map((name) => join(folder, name));
for (const path of paths) await writeFile(path, `This is ${path.slice(folder.length + 1)}\n`.repeat(3));

let lines = "";
const receiver = await receiveFiles(inbox);
const relay = await relayRecorded(
  receiver.port,
  new RecordingWriter("scp -t inbox", (line) => {
    lines += line;
  }),
);
await sendFiles(relay.port, paths);
relay.close();

for (const line of dumpRecording(parseRecording(lines))) console.log(line);
console.log(`Stored: ${(await readdir(inbox)).sort().join(", ")}`);
await rm(folder, { recursive: true });
await rm(inbox, { recursive: true });
