import { writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { encodeReply, type ScpEvent, ScpRecordDecoder } from "@scpkit/codec";

/** Where the program listens. */
export interface Receiver {
  readonly port: number;
}

/** Listens on loopback for one sender and stores the files it sends in `folder`: what `scp -t folder` does, without directories. */
export function receiveFiles(folder: string, port = 0): Promise<Receiver> {
  const server: Server = createServer((socket) => {
    server.close();
    new Sink(socket, folder).run().catch((error: Error) => {
      socket.end(encodeReply({ type: "fatal", message: `scp: ${error.message}` }));
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const taken = typeof address === "object" && address !== null ? address.port : port;
      resolve({ port: taken });
    });
  });
}

/** One connection. The decoder never reads and never waits: it is fed, and asked what that meant. */
class Sink {
  readonly #socket: Socket;
  readonly #folder: string;
  readonly #decoder = new ScpRecordDecoder();
  #name = "";
  #body: Uint8Array[] = [];

  constructor(socket: Socket, folder: string) {
    this.#socket = socket;
    this.#folder = folder;
  }

  async run(): Promise<void> {
    // A sink speaks first.
    this.#ok();
    for await (const chunk of this.#socket) {
      this.#decoder.push(chunk);
      for (let event = this.#decoder.next(); event !== undefined; event = this.#decoder.next())
        await this.#handle(event);
    }
    this.#decoder.end();
    this.#socket.end();
  }

  async #handle(event: ScpEvent): Promise<void> {
    switch (event.type) {
      case "file":
        this.#name = event.name.text;
        this.#body = [];
        this.#decoder.accept();
        return this.#ok();
      case "directory":
        this.#decoder.reject();
        return this.#refuse(`${event.name.text}: directories are not taken here`);
      case "data":
        // A view into the chunk, which the socket may use again.
        this.#body.push(event.data.slice());
        return;
      case "status":
        if (event.status.type === "ok") await writeFile(join(this.#folder, this.#name), this.#body);
        return this.#ok();
      case "times":
      case "end":
        return this.#ok();
    }
  }

  #ok(): void {
    this.#socket.write(encodeReply({ type: "ok" }));
  }

  #refuse(message: string): void {
    this.#socket.write(encodeReply({ type: "warning", message: `scp: ${message}` }));
  }
}
