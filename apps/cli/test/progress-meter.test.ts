import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import stringWidth from "string-width";
import { fitColumns, loadWidths } from "../src/progress/fit-columns.ts";
import { type MeterLine, renderLine } from "../src/progress/line.ts";
import { formatDuration, formatRate, formatSize } from "../src/report/format.ts";

const base: MeterLine = {
  name: "big",
  size: 3_000_000,
  transferred: 1_032_192,
  bytesPerSecond: 1_050_000,
  stalled: false,
  elapsedSeconds: 1,
  columns: 80,
};

describe("fitColumns", () => {
  it("counts characters until it knows better", async () => {
    assert.equal(fitColumns("日本語", 4), "日本語 ");
    await loadWidths();
    assert.equal(fitColumns("日本語", 5), "日本 ");
  });
});

describe("renderLine", () => {
  before(loadWidths);

  it("draws the lines that were seen of scp", () => {
    assert.equal(
      renderLine({ ...base, name: "zero", size: 0, transferred: 0, bytesPerSecond: 0, elapsedSeconds: 0 }),
      "zero                                          100%    0     0.0KB/s   00:00    ",
    );
    assert.equal(renderLine(base), "big                                            34% 1008KB   1.0MB/s   00:01 ETA");
  });

  it("fills the terminal but for one column, whatever its width", () => {
    for (const columns of [4, 10, 34, 35, 36, 37, 60, 80, 200, 512]) {
      for (const name of [
        "a",
        "x".repeat(600),
        "日本語".repeat(100),
        "é".repeat(50),
        "👩‍👩‍👧".repeat(20),
        "a\u0301".repeat(600),
      ]) {
        assert.equal(stringWidth(renderLine({ ...base, name, columns })), columns - 1, `${columns} columns, ${name}`);
      }
    }
  });

  it("drops the name at 35 columns, the line below 4, and uses 512 at most", () => {
    assert.match(renderLine({ ...base, columns: 36 }), /^b {2}34%/);
    assert.match(renderLine({ ...base, columns: 35 }), /^ {2}34%/);
    assert.equal(renderLine({ ...base, columns: 3 }), "");
    assert.equal(renderLine({ ...base, columns: 1000 }).length, 511);
  });

  it("shows control and bidirectional characters as octal bytes", () => {
    const line = renderLine({ ...base, name: "a\x1b[31m\r\n\u202eb\x9b" });
    assert.ok(line.startsWith("a\\033[31m\\015\\012\\342\\200\\256b\\302\\233 "), line);
  });

  it("never cuts a wide character in half", () => {
    const line = renderLine({ ...base, name: "日本", columns: 38 });
    assert.ok(line.startsWith("日   34%"), line);
  });

  it("tells the states of a transfer apart", () => {
    const time = (change: Partial<MeterLine>): string => renderLine({ ...base, ...change }).slice(-11);
    assert.equal(time({ bytesPerSecond: 0 }), "  --:-- ETA");
    assert.equal(time({ stalled: true }), "- stalled -");
    assert.equal(time({ bytesPerSecond: 100 }), "5:27:58 ETA");
    assert.equal(time({ transferred: 3_000_000, elapsedSeconds: 61.9, stalled: true }), "  01:01    ");
    assert.equal(time({ size: undefined }), "  --:-- ETA");
    assert.equal(time({ ended: true, elapsedSeconds: 3 }), "  00:03    ");
    assert.equal(time({ ended: true, failed: true }), "- failed - ");
    assert.equal(time({ bytesPerSecond: 100, left: 1_000 }), "  00:10 ETA");
  });

  it("reaches 100 % only at the end", () => {
    const percent = (transferred: number, size: number): string =>
      renderLine({ ...base, transferred, size }).slice(46, 50);
    assert.equal(percent(2 ** 50 - 1, 2 ** 50), " 99%");
    assert.equal(percent(2 ** 50, 2 ** 50), "100%");
    assert.equal(percent(0, 5), "  0%");
    for (const state of [{ failed: true }, { incomplete: true }]) {
      const shown = (size: number): string => renderLine({ ...base, ...state, transferred: size, size }).slice(46, 50);
      assert.equal(shown(5), " 99%");
      assert.equal(shown(0), "  0%");
    }
  });

  it("shows the name column as scp does", (t) => {
    if (isMissing(t, "script", "script", ["-qec", "true", "/dev/null"]) || isMissing(t, "scp")) return;
    const folder = mkdtempSync(join(tmpdir(), "scpkit-meter-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const program = join(folder, "server");
    writeFileSync(program, `#!/bin/sh\nprintf 'C0644 0 %s\\n\\0' "$NAME"\nhead -c 3 > /dev/null\n`, { mode: 0o755 });
    for (const columns of [36, 50, 80, 132]) {
      for (const name of ["zero", "x".repeat(300), "a\x1bb\tc", "with space"]) {
        const command = `stty cols ${columns}; scp -O -T -S ${program} h:x ${folder}/out`;
        const env = { ...process.env, NAME: name, LC_ALL: "C.UTF-8" };
        const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8", env });
        const drawn = stdout.split("\r").findLast((line) => line.includes("100%"));
        const own = renderLine({
          ...base,
          name,
          columns,
          size: 0,
          transferred: 0,
          bytesPerSecond: 0,
          elapsedSeconds: 0,
        });
        assert.equal(own, drawn, `${columns} columns, ${JSON.stringify(name)}`);
      }
    }
  });
});

describe("formats", () => {
  it("scales sizes as scp does", () => {
    const cases = {
      0: "   0  ",
      9999: "9999  ",
      10000: "  10KB",
      1032192: "1008KB",
      10238976: "9999KB",
      10239488: "  10MB",
    };
    for (const [bytes, text] of Object.entries(cases)) assert.equal(formatSize(Number(bytes)), text);
    assert.equal(formatSize(5 * 2 ** 40), "5120GB");
    assert.equal(formatSize(2 ** 53 - 1), "8192TB");
  });

  it("scales rates as scp does", () => {
    const cases = {
      0: "  0.0KB",
      1: "  0.0KB",
      51: "  0.1KB",
      1024: "  1.0KB",
      1048576: "  1.0MB",
      1022976: "999.0KB",
      12900000: " 12.3MB",
    };
    for (const [bytes, text] of Object.entries(cases)) assert.equal(formatRate(Number(bytes)), text, bytes);
    assert.equal(formatRate(5.5 * 2 ** 30), "  5.5GB");
  });

  it("shows hours only when there are any", () => {
    assert.equal(formatDuration(59.9), "  00:59");
    assert.equal(formatDuration(3599), "  59:59");
    assert.equal(formatDuration(3600), "1:00:00");
    assert.equal(formatDuration(360_000), "100:00:00");
    assert.equal(formatDuration(-1), "  00:00");
  });
});
