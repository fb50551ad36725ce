import {
  createChannelPair,
  type ScpExecChannel,
  type ScpExit,
  type ScpSessionChannel,
  type ScpTransport,
} from "@scpkit/core";

/** Both ends of one command in memory. */
export interface SessionPair {
  readonly server: ScpSessionChannel;
  readonly client: ScpExecChannel;
  /** The client vanishes without a word. */
  vanish(): void;
}

/** A command as its server and its client see it. */
export function createSessionPair(): SessionPair {
  const [serverSide, clientSide] = createChannelPair();
  const stderr = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 64 });
  let settle: (exit: ScpExit) => void = () => {};
  const closed = new Promise<ScpExit>((resolve) => {
    settle = resolve;
  });
  let exiting: Promise<void> | undefined;
  const exit = async (code: number): Promise<void> => {
    if (!serverSide.writable.locked) await serverSide.writable.close();
    await stderr.writable.close().catch(() => {});
    settle({ code });
  };
  const server: ScpSessionChannel = {
    ...serverSide,
    stderr: stderr.writable,
    closed,
    exit(code) {
      exiting ??= exit(code);
      return exiting;
    },
  };
  const vanish = (): void => settle({});
  const close = async (): Promise<void> => {
    settle({});
    await closed;
  };
  const client: ScpExecChannel = {
    ...clientSide,
    stderr: stderr.readable,
    closed,
    close,
    [Symbol.asyncDispose]: close,
  };
  return { server, client, vanish };
}

/** A transport whose commands are answered by `serve`. */
export function createTransport(
  serve: (command: string, channel: ScpSessionChannel) => Promise<unknown>,
): ScpTransport {
  return {
    async exec(command) {
      const { server, client } = createSessionPair();
      serve(command, server).catch((error: unknown) => {
        throw error;
      });
      return client;
    },
  };
}
