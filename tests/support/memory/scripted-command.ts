import { ScriptedPeer } from "@scpkit/conformance";
import { createChannelPair, type ScpChannel, type ScpExecChannel, type ScpExit, type ScpTransport } from "@scpkit/core";

/** A command that a test plays byte by byte. */
export class ScriptedCommand extends ScriptedPeer {
  readonly #stderr = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 1e6 });
  #exit: (exit: ScpExit) => void = () => {};
  readonly #closed = new Promise<ScpExit>((resolve) => {
    this.#exit = resolve;
  });
  /** The channel was closed by the one who ran the command. */
  abandoned = false;
  readonly channel: ScpExecChannel;

  constructor() {
    const [ours, theirs] = createChannelPair();
    super(theirs);
    this.channel = this.#makeChannel(ours);
  }

  async #drain(): Promise<void> {
    while ((await this.chunk()) !== "");
  }

  #makeChannel({ readable, writable }: ScpChannel): ScpExecChannel {
    const close = async (): Promise<void> => {
      this.abandoned = true;
      await this.end({ signal: "HUP" });
    };
    return {
      readable,
      writable,
      stderr: this.#stderr.readable,
      closed: this.#closed,
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  /** Writes to standard error. */
  async mutter(text: string): Promise<void> {
    const writer = this.#stderr.writable.getWriter();
    await writer.write(new TextEncoder().encode(text));
    writer.releaseLock();
  }

  /** Ends the command; what it is still told goes nowhere. */
  async end(exit: ScpExit = { code: 0 }): Promise<void> {
    await this.close();
    await this.#stderr.writable.close().catch(() => {});
    this.#exit(exit);
    this.#drain();
  }
}

/** A transport whose commands tests play. */
export function scriptedTransport(peerIdentification?: string): {
  readonly transport: ScpTransport;
  readonly commands: string[];
  readonly peer: ScriptedCommand;
} {
  const peer = new ScriptedCommand();
  const commands: string[] = [];
  const transport: ScpTransport = {
    peerIdentification,
    async exec(command) {
      commands.push(command);
      return peer.channel;
    },
  };
  return { transport, commands, peer };
}
