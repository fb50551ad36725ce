import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { ScpTransferredEntry } from "@scpkit/core";
import type { ProgressMode } from "../src/command-line/parse.ts";
import type { ProgressView } from "../src/progress/output.ts";
import { createProgressView } from "../src/progress/view.ts";
import { FakeClock, Screen } from "./terminal.ts";

interface Setup {
  readonly screen: Screen;
  readonly clock: FakeClock;
  readonly view: ProgressView;
}

function setup(mode: ProgressMode, tree = false, screen: Screen = new Screen()): Setup {
  const clock = new FakeClock();
  return { screen, clock, view: createProgressView({ mode, terminal: screen, tree, clock }) };
}

function file(path: string, size: number): ScpTransferredEntry {
  return { type: "file", path, size };
}

describe("a meter", () => {
  it("draws one file as scp does, with carriage returns only", () => {
    const { screen, clock, view } = setup("bar");
    const entry = file("dir/big", 4_096_000);
    view.observe({ type: "start", entry });
    assert.deepEqual(screen.lines, ["big                                             0%    0     0.0KB/s   --:-- ETA"]);
    view.observe({ type: "progress", entry, transferred: 1_024_000 });
    clock.pass(1_000);
    assert.deepEqual(screen.lines, ["big                                            25% 1000KB   1.0MB/s   00:03 ETA"]);
    view.observe({ type: "progress", entry, transferred: 4_096_000 });
    clock.pass(1_000);
    view.observe({ type: "finish", entry });
    view.end();
    assert.deepEqual(screen.lines, ["big                                           100% 4000KB   2.0MB/s   00:02"]);
    assert.match(screen.written, /^(\r[^\r\n\x1b]{79})+\n$/);
    assert.equal(clock.timers, 0);
  });

  it("draws at most ten times a second and never without news", () => {
    const { screen, clock, view } = setup("bar");
    const entry = file("a", 1e9);
    view.observe({ type: "start", entry });
    for (let step = 0; step < 1_000; step++) {
      view.observe({ type: "progress", entry, transferred: step * 1_000 });
      clock.pass(1);
    }
    const draws = screen.written.split("\r").length - 1;
    assert.ok(draws > 5 && draws <= 11, `${draws} draws in a second`);
    const before = screen.written;
    clock.pass(300);
    assert.equal(screen.written, before);
  });

  it("tells of a stall after five seconds", () => {
    const { screen, clock, view } = setup("bar");
    const entry = file("a", 100);
    view.observe({ type: "start", entry });
    view.observe({ type: "progress", entry, transferred: 10 });
    clock.pass(1_000);
    assert.match(screen.lines[0] ?? "", /ETA$/);
    clock.pass(6_000);
    assert.match(screen.lines[0] ?? "", /- stalled -$/);
  });

  it("keeps a line for each finished file and one for the whole below", () => {
    const { screen, clock, view } = setup("bar", true);
    for (const name of ["a", "b", "c"]) {
      const entry = file(`d/${name}`, 1_000);
      view.observe({ type: "start", entry });
      clock.pass(500);
      view.observe({ type: "progress", entry, transferred: 1_000 });
      view.observe({ type: "finish", entry });
    }
    view.setTotal({ files: 4, bytes: 4_000, complete: false });
    clock.pass(100);
    const names = (): string[] => screen.lines.map((line) => line.slice(0, 30).trim());
    assert.deepEqual(names(), ["a", "b", "c", "Total: 3/4+ files"]);
    view.setTotal({ files: 6, bytes: 6_000, complete: true });
    clock.pass(100);
    assert.deepEqual(names(), ["a", "b", "c", "Total: 3/6 files"]);
    assert.match(screen.lines[3] ?? "", / 50% 3000 /);
    view.end();
    view.end();
    assert.deepEqual(names(), ["a", "b", "c", "Total: 3/6 files"]);
    assert.match(screen.lines[3] ?? "", /00:01$/);
  });

  it("draws files on their way below each other and lets them end in any order", () => {
    const { screen, clock, view } = setup("bar", true);
    const entries = ["a", "b", "c"].map((name) => file(name, 10));
    for (const entry of entries) view.observe({ type: "start", entry });
    clock.pass(100);
    assert.equal(screen.lines.length, 4);
    const [first, second, third] = entries;
    if (first === undefined || second === undefined || third === undefined) throw new Error("unreachable");
    view.observe({ type: "finish", entry: second });
    clock.pass(100);
    assert.deepEqual(
      screen.lines.map((line) => line[0]),
      ["b", "a", "c", "T"],
    );
    view.observe({ type: "finish", entry: third });
    view.observe({ type: "failure", failure: { path: "a", side: "local", error: new Error("no") } });
    view.end();
    assert.deepEqual(
      screen.lines.map((line) => line[0]),
      ["b", "c", "a", "T"],
    );
    assert.match(screen.lines[2] ?? "", / {3}0% .*- failed -$/);
  });

  it("shows no 100 % for a file that failed after its last byte, and none for the whole", () => {
    const { screen, clock, view } = setup("bar", true);
    const [good, bad] = [file("good", 1_000), file("bad", 3_000)];
    view.setTotal({ files: 2, bytes: 4_000, complete: true });
    for (const entry of [good, bad]) {
      view.observe({ type: "start", entry });
      view.observe({ type: "progress", entry, transferred: entry.size });
    }
    view.observe({ type: "failure", failure: { path: "bad", side: "local", error: new Error("no space") } });
    view.observe({ type: "finish", entry: good });
    clock.pass(200);
    view.end();
    assert.match(screen.lines[0] ?? "", /^bad +99% .*- failed -$/);
    assert.match(screen.lines[1] ?? "", /^good +100% /);
    assert.match(screen.lines[2] ?? "", /^Total: 1\/2 files +25% 1000 /);
  });

  it("shows no 100 % before the file has been acknowledged, nor when it never is", () => {
    const { screen, clock, view } = setup("bar", true);
    const entry = file("a", 1_000);
    view.setTotal({ files: 1, bytes: 1_000, complete: true });
    view.observe({ type: "start", entry });
    view.observe({ type: "progress", entry, transferred: 1_000 });
    clock.pass(200);
    for (const line of screen.lines) assert.match(line, / 99% 1000 /);
    view.end();
    for (const line of screen.lines) assert.match(line, / 99% 1000 /);
  });

  it("knows no percentage of a whole of unknown size that has failures", () => {
    const { screen, view } = setup("bar", true);
    const entry = file("a", 10);
    view.observe({ type: "start", entry });
    view.observe({ type: "finish", entry });
    view.observe({ type: "failure", failure: { path: "b", side: "peer", error: new Error("no") } });
    view.end();
    assert.doesNotMatch(screen.lines.at(-1) ?? "", /%/);
  });

  it("draws nothing before the first file: not while connecting, and not when that fails", () => {
    const { screen, clock, view } = setup("bar", true);
    clock.pass(3_000);
    assert.equal(screen.written, "");
    view.end();
    assert.equal(screen.written, "");
  });

  it("has a rate and a time left in the first second, as soon as bytes have arrived", () => {
    const { screen, clock, view } = setup("bar");
    const entry = file("a", 10_240_000);
    view.observe({ type: "start", entry });
    clock.pass(500);
    view.observe({ type: "progress", entry, transferred: 1_024_000 });
    clock.pass(100);
    assert.match(screen.lines[0] ?? "", / 10% 1000KB {3}1\.6MB\/s {3}00:05 ETA$/);
  });

  it("shows no more lines than fit", () => {
    const { screen, clock, view } = setup("bar", true);
    screen.rows = 6;
    for (let index = 0; index < 20; index++) view.observe({ type: "start", entry: file(`f${index}`, 10) });
    clock.pass(100);
    assert.equal(screen.lines.length, 5);
    screen.rows = 50;
    clock.pass(100);
    assert.equal(screen.lines.length, 9);
  });

  it("follows the terminal's width", () => {
    const { screen, clock, view } = setup("bar", true);
    const entry = file("name", 1_000_000);
    view.observe({ type: "start", entry });
    clock.pass(100);
    screen.columns = 120;
    clock.pass(100);
    assert.deepEqual(
      screen.lines.map((line) => line.length),
      [119, 119],
    );
    screen.columns = 50;
    clock.pass(100);
    assert.match(
      screen.written,
      /\x1b\[5A\r\x1b\[J[^\x1b]{49}\n\r[^\x1b]{49}$/,
      "six rows of the old lines are drawn over",
    );
  });

  it("makes way for messages", () => {
    const { screen, clock, view } = setup("bar", true);
    view.observe({ type: "start", entry: file("a", 10) });
    clock.pass(100);
    view.around(() => screen.write("scp: b: Permission denied\n"));
    clock.pass(100);
    assert.deepEqual(
      screen.lines.map((line) => line.slice(0, 12).trim()),
      ["scp: b: Perm", "a", "Total: 0 fil"],
    );
  });

  it("draws nothing while in the background", () => {
    const { screen, clock, view } = setup("bar");
    screen.foreground = false;
    const entry = file("a", 10);
    view.observe({ type: "start", entry });
    clock.pass(5_000);
    view.observe({ type: "finish", entry });
    view.end();
    assert.equal(screen.written, "");
  });

  it("ends the line of a file that was cut off", () => {
    const { screen, clock, view } = setup("bar");
    const entry = file("a", 10);
    view.observe({ type: "start", entry });
    view.observe({ type: "progress", entry, transferred: 5 });
    clock.pass(2_000);
    view.end();
    assert.match(screen.written, / 50% .*00:02 {4}\n$/);
  });

  it("does not mind directories", () => {
    const { screen, view } = setup("bar");
    const entry: ScpTransferredEntry = { type: "directory", path: "d", size: 0 };
    view.observe({ type: "start", entry });
    view.observe({ type: "finish", entry });
    view.end();
    assert.equal(screen.written, "");
  });
});

describe("auto", () => {
  it("is a meter on a terminal and nothing elsewhere", () => {
    for (const isTTY of [true, false]) {
      const screen = new Screen();
      screen.isTTY = isTTY;
      const { view } = setup("auto", false, screen);
      view.observe({ type: "start", entry: file("a", 1) });
      view.end();
      assert.equal(screen.written !== "", isTTY);
    }
  });
});

describe("plain lines", () => {
  it("tell of each file when it is done, and of the whole every ten seconds", () => {
    const { screen, clock, view } = setup("plain", true);
    view.setTotal({ files: 2, bytes: 3_000_000, complete: true });
    const first = file("d/a\x1b", 1_000_000);
    view.observe({ type: "start", entry: first });
    clock.pass(1_000);
    view.observe({ type: "finish", entry: first });
    const second = file("d/b", 2_000_000);
    view.observe({ type: "start", entry: second });
    view.observe({ type: "progress", entry: second, transferred: 1_000_000 });
    clock.pass(9_000);
    clock.pass(10_000);
    view.end();
    assert.deepEqual(screen.written.split("\n"), [
      "d/a\\033: 977KB, 976.6KB/s, 00:01",
      "1/2 files, 66%, 1953KB, 195.3KB/s, 00:05 ETA",
      "1/2 files, 66%, 1953KB, 175.8KB/s, stalled",
      "",
    ]);
    assert.equal(clock.timers, 0);
  });
});

describe("JSON lines", () => {
  it("have the fields that docs/cli/progress-json.md lists", () => {
    const { screen, clock, view } = setup("json");
    const entry = file("a", 1);
    view.observe({ type: "start", entry });
    clock.pass(1_000);
    view.observe({ type: "finish", entry });
    view.observe({ type: "failure", failure: { path: "", side: "local", error: "no" } });
    view.end();
    const sent = screen.written
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { event, ...fields } = JSON.parse(line);
        return [event, Object.keys(fields).toSorted()];
      });
    const text = readFileSync(new URL("../../../docs/cli/progress-json.md", import.meta.url), "utf8");
    const listed = [...text.matchAll(/^\| `(\w+)` \| [^|`]+ \| (`.*) \|$/gm)]
      .filter(([, , fields]) => fields?.includes("`"))
      .map(([, event, fields]) => [event, [...(fields ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name).toSorted()]);
    assert.deepEqual(listed, sent);
  });

  it("tell everything, in ASCII", () => {
    const { screen, clock, view } = setup("json", true);
    const entry = file("d/é\u202e", 100);
    view.observe({ type: "start", entry });
    view.setTotal({ files: 3, bytes: 300, complete: true });
    view.observe({ type: "progress", entry, transferred: 50 });
    clock.pass(1_000);
    view.observe({ type: "finish", entry });
    view.observe({ type: "failure", failure: { path: "d/x", side: "peer", error: new Error("bad\x1b") } });
    view.end();
    view.end();
    assert.match(screen.written, /^[\n -~]*$/);
    assert.deepEqual(
      screen.written
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
      [
        { event: "begin", schema: 1 },
        { event: "start", path: "d/é\u202e", size: 100 },
        {
          event: "progress",
          seconds: 1,
          files: 0,
          bytes: 50,
          totalFiles: 3,
          totalBytes: 300,
          totalComplete: true,
          bytesPerSecond: 50,
          etaSeconds: 5,
          active: [{ path: "d/é\u202e", size: 100, transferred: 50 }],
        },
        { event: "finish", path: "d/é\u202e", size: 100, seconds: 1 },
        { event: "failure", path: "d/x", side: "peer", message: "bad\\033" },
        { event: "end", seconds: 1, files: 1, bytes: 100, failures: 1 },
      ],
    );
  });
});
