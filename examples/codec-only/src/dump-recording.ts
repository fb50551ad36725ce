import {
  escapeText,
  parseCommand,
  type ScpEvent,
  ScpRecordDecoder,
  type ScpReply,
  ScpReplyDecoder,
} from "@scpkit/codec";
import type { Recording } from "./recording.ts";

/**
 * A recorded session as text, one line for each thing said. What the records mean depends on the answers, so both directions are
 * decoded together: the decoder of the records stops at each file and directory until the answer to it was read.
 */
export function dumpRecording({ command, chunks }: Recording): string[] {
  const role = parseCommand(command)?.role;
  if (role === undefined) throw new Error(`${JSON.stringify(command)} is no scp command`);
  const dump = new Dump();
  for (const { atMs, from, bytes } of chunks) {
    const isSource = (from === "client") === (role === "sink");
    dump.take(atMs, isSource ? "source" : "sink", bytes);
  }
  const direction = role === "sink" ? "upload" : "download";
  return [`${escapeText(command)}: ${direction}, ${dump.summary()}`, ...dump.lines];
}

class Dump {
  readonly lines: string[] = [];
  readonly #records = new ScpRecordDecoder();
  readonly #replies = new ScpReplyDecoder();
  /** What each answer that is still to come will be to. The sink speaks first. */
  readonly #awaited: string[] = ["the start"];
  #offered: string | undefined;
  #body = 0;
  #files = 0;
  #bytes = 0;
  #refused = 0;

  take(atMs: number, from: "source" | "sink", bytes: Uint8Array): void {
    if (from === "source") this.#records.push(bytes);
    else this.#replies.push(bytes);
    // An answer may let the records go on, and a record gives the next answer its meaning.
    for (let before = -1; before !== this.lines.length; ) {
      before = this.lines.length;
      this.#takeRecords(atMs);
      this.#takeReplies(atMs);
    }
  }

  summary(): string {
    const ended = this.#records.state === "record" && this.#records.depth === 0 ? "" : ", cut off";
    return `${this.#files} files, ${this.#bytes} bytes, ${this.#refused} refused${ended}`;
  }

  #takeRecords(atMs: number): void {
    while (this.#offered === undefined) {
      const event = this.#records.next();
      if (event === undefined) return;
      this.#record(atMs, event);
    }
  }

  #takeReplies(atMs: number): void {
    while (this.#awaited.length > 0) {
      const reply = this.#replies.next();
      if (reply === undefined) return;
      const about = this.#awaited.shift() ?? "";
      this.#line(atMs, "sink", `${show(reply)}  ${reply.type === "ok" ? "yes" : "no"} to ${about}`);
      if (about === this.#offered) this.#decide(reply);
    }
  }

  #decide(reply: ScpReply): void {
    this.#offered = undefined;
    if (reply.type === "ok") this.#records.accept();
    else {
      this.#records.reject();
      this.#refused += 1;
    }
  }

  #record(atMs: number, event: ScpEvent): void {
    const indent = "  ".repeat(this.#records.depth);
    switch (event.type) {
      case "file":
      case "directory": {
        const size = event.type === "file" ? `${event.size} bytes, ` : "";
        this.#offered = `${event.type} ${JSON.stringify(escapeText(event.name.text))}`;
        this.#awaited.push(this.#offered);
        this.#line(atMs, "source", `${indent}${this.#offered}, ${size}mode ${event.mode.toString(8).padStart(4, "0")}`);
        this.#body = 0;
        return;
      }
      case "times":
        this.#awaited.push("the times");
        this.#line(atMs, "source", `${indent}times: changed ${iso(event.mtimeMs)}, read ${iso(event.atimeMs)}`);
        return;
      case "data":
        this.#body += event.data.byteLength;
        return;
      case "status":
        this.#awaited.push("the body");
        this.#files += event.status.type === "ok" ? 1 : 0;
        this.#bytes += this.#body;
        this.#line(atMs, "source", `${indent}${this.#body} bytes of body, then ${show(event.status)}`);
        return;
      case "end":
        this.#awaited.push("the end of the directory");
        this.#line(atMs, "source", `${indent}end of the directory`);
        return;
      case "warning":
      case "fatal":
        this.#line(atMs, "source", `${indent}${show(event)}`);
    }
  }

  #line(atMs: number, from: "source" | "sink", text: string): void {
    this.lines.push(`${String(atMs).padStart(6)} ms  ${from.padEnd(6)}  ${text}`);
  }
}

function show(reply: ScpReply): string {
  if (reply.type === "ok") return "\\0";
  return `${reply.type === "warning" ? "\\1" : "\\2"} ${escapeText(reply.message)}`;
}

function iso(ms: number): string {
  return Number.isFinite(ms) && ms < 8.64e15 ? new Date(ms).toISOString() : "never";
}
