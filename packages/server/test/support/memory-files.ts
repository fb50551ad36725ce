import { createName } from "@scpkit/codec";
import { joinBytes } from "@scpkit/core/engine";
import type { ScpTarget } from "@scpkit/sink";
import type { ScpEntry } from "@scpkit/source";
import type { ScpShellEntry, ScpShellFiles } from "../../src/winscp.ts";

interface Node {
  type: "file" | "directory";
  mode: number;
  bytes: Uint8Array;
}

/** A small file system in memory, as one user of a server sees it: a shell's files, a target and entries over the same tree. */
export class MemoryFiles implements ScpShellFiles {
  readonly nodes: Map<string, Node> = new Map<string, Node>([
    ["/", { type: "directory", mode: 0o755, bytes: new Uint8Array() }],
  ]);

  put(path: string, text: string): void {
    this.nodes.set(path, { type: "file", mode: 0o644, bytes: new TextEncoder().encode(text) });
  }

  text(path: string): string | undefined {
    const node = this.nodes.get(path);
    return node === undefined ? undefined : new TextDecoder().decode(node.bytes);
  }

  stat(path: string): ScpShellEntry | undefined {
    const node = this.nodes.get(path);
    return node && this.#describe(path, node);
  }

  list(path: string): ScpShellEntry[] {
    return [...this.nodes]
      .filter(([at]) => at !== "/" && parent(at) === path)
      .map(([at, node]) => this.#describe(at, node));
  }

  makeDirectory(path: string): void {
    if (this.nodes.has(path)) throw Object.assign(new Error("exists"), { code: "EEXIST" });
    this.nodes.set(path, { type: "directory", mode: 0o755, bytes: new Uint8Array() });
  }

  remove(path: string): void {
    for (const at of [...this.nodes.keys()]) if (at === path || at.startsWith(`${path}/`)) this.nodes.delete(at);
  }

  rename(from: string, to: string): void {
    for (const [at, node] of [...this.nodes]) {
      if (at !== from && !at.startsWith(`${from}/`)) continue;
      this.nodes.delete(at);
      this.nodes.set(to + at.slice(from.length), node);
    }
  }

  setMode(path: string, mode: number): void {
    const node = this.nodes.get(path);
    if (node === undefined) throw Object.assign(new Error("missing"), { code: "ENOENT" });
    node.mode = mode;
  }

  /** @throws with `code` `ENOTDIR` when there is no such directory */
  target(path: string): ScpTarget {
    if (this.nodes.get(path)?.type !== "directory") throw Object.assign(new Error("secret"), { code: "ENOTDIR" });
    return {
      file: ({ name, mode }) => {
        const chunks: Uint8Array[] = [];
        return new WritableStream<Uint8Array>({
          write: (chunk) => void chunks.push(new Uint8Array(chunk)),
          close: () => {
            this.nodes.set(join(path, name.text), { type: "file", mode, bytes: joinBytes(chunks) });
          },
        });
      },
      directory: ({ name, mode }) => {
        const at = join(path, name.text);
        this.nodes.set(at, { type: "directory", mode, bytes: new Uint8Array() });
        return this.target(at);
      },
    };
  }

  /** @throws with `code` `ENOENT` when there is nothing */
  entry(path: string): ScpEntry {
    const node = this.nodes.get(path);
    if (node === undefined) throw Object.assign(new Error("secret"), { code: "ENOENT" });
    const { mode, bytes } = node;
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (node.type === "file") return { type: "file", name, mode, size: bytes.byteLength, open: () => bytes };
    const children = this.list(path).map((child) => join(path, createNameText(child.name)));
    return { type: "directory", name, mode, entries: () => children.map((child) => this.entry(child)) };
  }

  #describe(path: string, { type, mode, bytes }: Node): ScpShellEntry {
    return {
      type,
      name: createName(path.slice(path.lastIndexOf("/") + 1)),
      mode,
      size: bytes.byteLength,
      mtimeMs: Date.UTC(2026, 10, 21, 8, 3, 4, 50),
    };
  }
}

function createNameText(name: ScpShellEntry["name"]): string {
  return typeof name === "string" ? name : name.text;
}

function parent(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

function join(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
