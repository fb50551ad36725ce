/** A recorded session: what the client ran, and what went over the wire in which direction and when. */
export interface Recording {
  /** The remote command, from which follows who sent the files. */
  readonly command: string;
  readonly chunks: readonly RecordedChunk[];
}

/** Some bytes as they arrived. */
export interface RecordedChunk {
  /** Milliseconds since the session began. */
  readonly atMs: number;
  readonly from: "client" | "server";
  readonly bytes: Uint8Array;
}

/** The lines of a recording as they are written: JSON, the command first, bodies in base64. */
export class RecordingWriter {
  readonly #write: (line: string) => void;
  readonly #startMs = performance.now();

  constructor(command: string, write: (line: string) => void) {
    this.#write = write;
    write(`${JSON.stringify({ command })}\n`);
  }

  add(from: "client" | "server", bytes: Uint8Array): void {
    const atMs = Math.round(performance.now() - this.#startMs);
    this.#write(`${JSON.stringify({ atMs, from, base64: Buffer.from(bytes).toString("base64") })}\n`);
  }
}

/** @throws {Error} the text is no recording */
export function parseRecording(text: string): Recording {
  const [first, ...lines] = text.split("\n").filter((line) => line !== "");
  const { command }: { command?: unknown } = JSON.parse(first ?? "{}");
  if (typeof command !== "string") throw new Error("The recording does not begin with a command");
  const chunks = lines.map((line): RecordedChunk => {
    const { atMs, from, base64 }: { atMs: number; from: string; base64: string } = JSON.parse(line);
    if (from !== "client" && from !== "server") throw new Error(`Nobody is called ${JSON.stringify(from)}`);
    return { atMs, from, bytes: new Uint8Array(Buffer.from(base64, "base64")) };
  });
  return { command, chunks };
}
