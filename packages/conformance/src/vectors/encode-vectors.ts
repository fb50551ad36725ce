import type { ScpEncodeVector, ScpVectorRecord, ScpVectorReply } from "./vector.ts";

const record = (name: string, about: string, value: ScpVectorRecord, output: string | null): ScpEncodeVector => ({
  name,
  about,
  kind: "record",
  value,
  output,
});
const reply = (name: string, about: string, value: ScpVectorReply, output: string): ScpEncodeVector => ({
  name,
  about,
  kind: "reply",
  value,
  output,
});

/** Records and replies, and their bytes. */
export const encodeVectors: readonly ScpEncodeVector[] = [
  record(
    "file",
    "Four octal digits, decimal size, the bytes of the name",
    { type: "file", mode: "0644", size: 5, name: "hello.txt" },
    "C0644 5 hello.txt\n",
  ),
  record("mode 0", "Modes are padded", { type: "file", mode: "0000", size: 0, name: "a" }, "C0000 0 a\n"),
  record("mode 7777", "All bits can be sent", { type: "file", mode: "7777", size: 0, name: "a" }, "C7777 0 a\n"),
  record(
    "mode beyond 7777",
    "Five digits would not be understood",
    { type: "file", mode: "10644", size: 0, name: "a" },
    null,
  ),
  record(
    "largest size",
    "Never in exponential form",
    { type: "file", mode: "0644", size: 9007199254740991, name: "a" },
    "C0644 9007199254740991 a\n",
  ),
  record("negative size", "A size is not negative", { type: "file", mode: "0644", size: -1, name: "a" }, null),
  record("fractional size", "A size is whole", { type: "file", mode: "0644", size: 1.5, name: "a" }, null),
  record("directory", "Size 0", { type: "directory", mode: "0755", name: "sub" }, "D0755 0 sub\n"),
  record(
    "name not in UTF-8",
    "The bytes of the name go out unchanged",
    { type: "file", mode: "0644", size: 0, name: " caf\u00e9\u00ff", text: " caf\ufffd\ufffd" },
    "C0644 0  caf\u00e9\u00ff\n",
  ),
  record("empty name", "Peers refuse it and end", { type: "file", mode: "0644", size: 0, name: "" }, null),
  record("name ..", "Peers refuse it and end", { type: "directory", mode: "0755", name: ".." }, null),
  record("name with a slash", "Peers refuse it and end", { type: "file", mode: "0644", size: 0, name: "a/b" }, null),
  record(
    "name with a newline",
    "It would begin a record of its own",
    { type: "file", mode: "0644", size: 0, name: "a\nE" },
    null,
  ),
  record("name with NUL", "Peers cut it there", { type: "file", mode: "0644", size: 0, name: "a\0b" }, null),
  record(
    "longest record",
    "Peers read at most 2047 bytes, newline included",
    { type: "file", mode: "0644", size: 0, name: "n".repeat(2038) },
    `C0644 0 ${"n".repeat(2038)}\n`,
  ),
  record(
    "record too long",
    "Peers would take the rest for the next record",
    { type: "file", mode: "0644", size: 0, name: "n".repeat(2039) },
    null,
  ),
  record(
    "times",
    "Seconds and microseconds",
    {
      type: "times",
      mtime: { seconds: 1795240194, microseconds: 0 },
      atime: { seconds: 2, microseconds: 999999 },
    },
    "T1795240194 0 2 999999\n",
  ),
  record(
    "negative times",
    "Sent as 0, as OpenSSH does",
    { type: "times", mtime: { seconds: -5, microseconds: 0 }, atime: { seconds: 0, microseconds: 0 } },
    "T0 0 0 0\n",
  ),
  record(
    "times out of range",
    "There is nothing to send",
    { type: "times", mtime: null, atime: { seconds: 0, microseconds: 0 } },
    null,
  ),
  record("end", "The end of a directory", { type: "end" }, "E\n"),
  record("warning", "This entry failed", { type: "warning", message: "scp: a: gone" }, "\x01scp: a: gone\n"),
  record("fatal", "The transfer is over", { type: "fatal", message: "scp: bye" }, "\x02scp: bye\n"),
  reply("ok", "One byte", { type: "ok" }, "\0"),
  reply("warning reply", "The same bytes as the record", { type: "warning", message: "no" }, "\x01no\n"),
  reply(
    "message with newlines",
    "Newlines and NUL become spaces: a message is one line",
    { type: "warning", message: "a\nC0755 1 evil\0\n" },
    "\x01a C0755 1 evil  \n",
  ),
  reply(
    "message in UTF-8",
    "Text is sent as UTF-8",
    { type: "warning", message: "caf\u00e9" },
    "\x01caf\u00c3\u00a9\n",
  ),
  reply(
    "longest message",
    "Peers read at most 2047 bytes of a record, newline included",
    { type: "warning", message: "m".repeat(2046) },
    `\x01${"m".repeat(2045)}\n`,
  ),
  reply(
    "message cut at a character",
    "2045 bytes of text, less where a character would be cut",
    { type: "fatal", message: "\u20ac".repeat(700) },
    `\x02${"\u00e2\u0082\u00ac".repeat(681)}\n`,
  ),
];
