import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ScpError } from "@scpkit/codec";
import { ScpConnectionError } from "@scpkit/core";
import { createFsTarget, walk } from "@scpkit/fs";
import { download } from "@scpkit/sink";
import { upload } from "@scpkit/source";
import { connect } from "@scpkit/ssh2";
import { waitFor } from "@scpkit/test-support/wait-for";
import { startEmbeddedServer } from "../src/embedded-server.ts";
import { startCuttingProxy } from "../src/faults/cutting-proxy.ts";
import { startOpensshServer } from "../src/openssh-server.ts";

/** Places in each direction at which each session is cut. Each takes a new connection, and a new process of sshd. */
const places = { "the embedded server": 10, "a real sshd": 4 };

const bodies = { small: "hello", "sub/large": "0123456789abcdef".repeat(12_000), "sub/empty": "" };

function makeTree(folder: string): void {
  mkdirSync(join(folder, "sub"), { recursive: true });
  for (const [path, text] of Object.entries(bodies)) writeFileSync(join(folder, path), text);
}

/** Paths of what is there, half or whole. */
function wrong(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const expected = new Map(Object.entries(bodies).map(([path, text]) => [join(folder, path), text]));
  return found
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => expected.get(path) !== readFileSync(path, "utf8"));
}

describe("an SSH connection that is cut anywhere", () => {
  for (const kind of ["the embedded server", "a real sshd"] as const) {
    for (const direction of ["upload", "download"] as const) {
      it(`${direction}, ${kind}: whole files or none, and an error that says so`, async (t) => {
        const server = kind === "a real sshd" ? await startOpensshServer(t, "openssh") : await startEmbeddedServer(t);
        if (server === undefined) return;
        const { local, remote, clientKey } = server.place;
        const proxy = await startCuttingProxy(t, server.port);
        const [from, to] =
          direction === "upload" ? [join(local, "d"), join(remote, "copy")] : [join(remote, "d"), join(local, "copy")];
        makeTree(from);
        const attempt = async (): Promise<unknown> => {
          try {
            await using connection = await connect({
              host: "127.0.0.1",
              port: proxy.port,
              username: server.username,
              auth: [{ type: "private-key", key: clientKey.privateKey }],
              verifyHostKey: () => true,
            });
            const common = { recursive: true, preserve: true, limits: { stallMs: 5_000, firstByteMs: 5_000 } };
            if (direction === "upload")
              await upload(connection, server.path("copy"), walk(from, { recursive: true }), common);
            else await download(connection, server.path("d"), await createFsTarget(to, { preserve: true }), common);
            return undefined;
          } catch (error) {
            return error;
          }
        };
        assert.equal(await attempt(), undefined);
        const total = { ...proxy.passed };
        assert.deepEqual(wrong(to), []);
        assert.ok(existsSync(join(to, "sub", "large")));
        const codes = new Set<string>();
        let cuts = 0;
        for (const way of ["up", "down"] as const) {
          for (let place = 0; place < places[kind]; place += 1) {
            rmSync(to, { recursive: true, force: true });
            // The last ones while the channel is being closed: by then all may be well.
            proxy.cut = { direction: way, offset: Math.floor((total[way] * place) / places[kind]) };
            const error = await attempt();
            cuts += 1;
            const what = `${way} ${proxy.cut.offset} of ${total[way]}`;
            if (error === undefined) assert.ok(existsSync(join(to, "sub", "empty")), what);
            else assert.ok(error instanceof ScpError, `${what}: ${error}`);
            if (error instanceof ScpConnectionError) codes.add(error.code);
            // OpenSSH's own sink leaves what has arrived of a file.
            if (direction === "upload" && kind === "a real sshd") continue;
            await waitFor(`no half file after ${what}`, () => wrong(to).length === 0);
          }
        }
        assert.ok(codes.has("lost"), [...codes].join(" "));
        t.diagnostic(`connections cut ${cuts}, told ${[...codes].join(" ")}`);
      });
    }
  }
});
