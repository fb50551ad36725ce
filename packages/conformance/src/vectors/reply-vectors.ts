import type { ScpReplyVector, ScpVectorReply } from "./vector.ts";

const ok: ScpVectorReply = { type: "ok" };
const warning = (message: string): ScpVectorReply => ({ type: "warning", message });
const fatal = (message: string): ScpVectorReply => ({ type: "fatal", message });

/** Bytes of a sink, and the replies that they represent. */
export const replyVectors: readonly ScpReplyVector[] = [
  { name: "nothing", about: "The end between replies is for the source to judge", input: "", replies: [] },
  { name: "ok", about: "The initial answer, or the answer to any record", input: "\0", replies: [ok] },
  {
    name: "many at once",
    about: "Replies may be sent ahead and arrive together",
    input: "\0\0\0",
    replies: [ok, ok, ok],
  },
  {
    name: "refusal and going on",
    about: "After \\1 the transfer goes on",
    input: "\0\x01scp: d/a: Permission denied\n\0",
    replies: [ok, warning("scp: d/a: Permission denied"), ok],
  },
  {
    name: "two errors for one file",
    about: "Sinks up to OpenSSH 8.2 and dropbear may send two",
    input: "\x01scp: a: truncate: No space left on device\n\x01scp: a: set mode: Operation not permitted\n\0",
    replies: [
      warning("scp: a: truncate: No space left on device"),
      warning("scp: a: set mode: Operation not permitted"),
      ok,
    ],
  },
  {
    name: "stray after the answer to E",
    about: "Sinks up to OpenSSH 8.2 and dropbear report times of a directory after its E was answered",
    input: "\0\x01scp: ./rd: set times: Operation not permitted\n\0",
    replies: [ok, warning("scp: ./rd: set times: Operation not permitted"), ok],
  },
  { name: "empty warning", about: "The text of a message may be empty", input: "\x01\n", replies: [warning("")] },
  {
    name: "message in UTF-8 and not",
    about: "Message text is decoded as UTF-8; other bytes, NUL among them, stay or become U+FFFD",
    input: "\x01caf\u00c3\u00a9\u00ff\0\r\n",
    replies: [warning("caf\u00e9\ufffd\0\r")],
  },
  {
    name: "fatal",
    about: "After \\2 the sink is gone: later bytes are ignored",
    input: "\0\x02scp: disk on fire\n\0\0noise",
    replies: [ok, fatal("scp: disk on fire")],
  },
  {
    name: "banner",
    about: "Text of a login script is told, its first line",
    input: "Hello from .bashrc\nsecond line\n",
    replies: [],
    error: { code: "not-a-reply", line: "Hello from .bashrc" },
  },
  {
    name: "banner without newline",
    about: "Text that ends with the connection is told too",
    input: "This account is currently not available.",
    replies: [],
    error: { code: "not-a-reply", line: "This account is currently not available." },
  },
  {
    name: "empty line",
    about: "A newline is no reply",
    input: "\nmore\n",
    replies: [],
    error: { code: "not-a-reply", line: "" },
  },
  {
    name: "text after replies",
    about: "Any byte but \\0, \\1 and \\2 ends the conversation, at any time",
    input: "\0\0\x03oops\n",
    replies: [ok, ok],
    error: { code: "not-a-reply", line: "\x03oops" },
  },
  {
    name: "banner in UTF-8",
    about: "Text of a login script is decoded",
    input: "\u00c2\u00a1hola!\n",
    replies: [],
    error: { code: "not-a-reply", line: "\u00a1hola!" },
  },
  {
    name: "endless banner",
    about: "A banner is told up to the limit",
    input: "yyyyyyyyyyyyyyyyyyyyyyyy",
    maxLineBytes: 8,
    replies: [],
    error: { code: "not-a-reply", line: "yyyyyyyy" },
  },
  {
    name: "message at the limit",
    about: "A line may have maxLineBytes bytes, its newline not counted",
    input: "\x011234567\n\0",
    maxLineBytes: 8,
    replies: [warning("1234567"), ok],
  },
  {
    name: "message beyond the limit",
    about: "One byte more is too long",
    input: "\x0112345678\n\0",
    maxLineBytes: 8,
    replies: [],
    error: { code: "line-too-long", line: "\x011234567" },
  },
  {
    name: "end of input inside a message",
    about: "A message ends with a newline",
    input: "\0\x01scp: a: No sp",
    replies: [ok],
    error: { code: "unexpected-eof", line: "\x01scp: a: No sp" },
  },
  {
    name: "end of input inside a fatal message",
    about: "A message ends with a newline",
    input: "\x02",
    replies: [],
    error: { code: "unexpected-eof", line: "\x02" },
  },
];
