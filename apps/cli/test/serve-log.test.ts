import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ScpParsedCommand } from "@scpkit/codec";
import { ScpRefusalError } from "@scpkit/middleware";
import type { ScpServeRequest, ScpServerEvent } from "@scpkit/server";
import { type ServedUser, ServeLog } from "../src/commands/serve-log.ts";

function makeLog(): { readonly log: ServeLog; readonly lines: string[] } {
  const lines: string[] = [];
  return { log: new ServeLog((line) => lines.push(line)), lines };
}

function makeRequest(paths: readonly string[], username = "ann"): ScpServeRequest<ServedUser> {
  const command: ScpParsedCommand = {
    program: "scp",
    role: "sink",
    paths,
    patterns: paths.map(() => false),
    recursive: false,
    preserve: false,
    verbose: false,
    targetIsDirectory: false,
  };
  const session = { username, remoteAddress: "192.0.2.1" };
  return { id: "1", command, direction: "upload", session, signal: new AbortController().signal };
}

function failure(request: ScpServeRequest<ServedUser>, path: string): ScpServerEvent<ServedUser> {
  const error = new ScpRefusalError("policy", `no ${path}`);
  return { type: "transfer", request, event: { type: "failure", failure: { path, side: "local", error } } };
}

function end(request: ScpServeRequest<ServedUser>): ScpServerEvent<ServedUser> {
  const summary = { files: 0, directories: 0, bytes: 0, failures: [], failureCount: 0 };
  const outcome = { handled: true, command: request.command, role: "sink", exitCode: 1, summary, error: "x" } as const;
  return { type: "session-end", request, outcome, durationMs: 0 };
}

const hostile = 'a\u009b31m\u202eb\n2026-01-01T00:00:00.000Z ann 192.0.2.9 key accepted "\u001b]0;x\u0007';

describe("ServeLog", () => {
  it("writes nothing of a peer as it is: every line is escaped as a whole", () => {
    const { log, lines } = makeLog();
    log.login({ method: "password", username: hostile, password: "", remoteAddress: "192.0.2.1" }, false);
    log.error(new Error(hostile));
    log.print(hostile);
    const request = makeRequest([hostile], hostile);
    log.observe(failure(request, hostile));
    log.observe(end(request));
    assert.equal(lines.length, 5);
    for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    // A name cannot end its quotes and go on as another user's line.
    assert.match(lines[0] ?? "", /^\S+ "a.*accepted \\".*" 192\.0\.2\.1 login refused$/);
  });

  it("bounds the lines of one transfer and counts the rest", () => {
    const { log, lines } = makeLog();
    const [flood, honest] = [makeRequest(["f"]), makeRequest(["g"])];
    for (let number = 0; number < 1000; number++) log.observe(failure(flood, `f${number}`));
    log.observe(failure(honest, "g"));
    log.observe(end(flood));
    assert.equal(lines.length, 22);
    assert.match(lines.at(-2) ?? "", /upload g: g: no g$/);
    assert.match(lines.at(-1) ?? "", /, 980 more failures, failed: x$/);
  });

  it("bounds the length of a line", () => {
    const { log, lines } = makeLog();
    const request = makeRequest(
      Array.from({ length: 1000 }, () => "x".repeat(10_000)),
      "y".repeat(10_000),
    );
    log.observe(failure(request, "z".repeat(10_000)));
    log.observe(end(request));
    assert.match(lines[1] ?? "", / and 995 more: /);
    assert.ok(
      lines.every((line) => line.length < 3_000 + 10_100),
      `${lines.map((line) => line.length)}`,
    );
  });

  it("reports the first dropped connection at once, and a flood of them in one line", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { log, lines } = makeLog();
    const drop = { remoteAddress: "192.0.2.7", reason: "maxStartups" } as const;
    for (let number = 0; number < 1000; number++) log.dropped(drop);
    const reason = "from 192.0.2.7: too many connections that have not logged in";
    assert.deepEqual(
      lines.map((line) => line.replace(/^\S+ /, "")),
      [`a connection dropped, ${reason}`],
    );
    t.mock.timers.tick(1000);
    assert.equal(lines[1]?.replace(/^\S+ /, ""), `999 connections dropped, the last ${reason}`);
    t.mock.timers.tick(10_000);
    assert.equal(lines.length, 2);
    log.dropped(drop);
    assert.equal(lines.length, 3);
  });
});
