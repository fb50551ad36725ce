import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createName } from "@scpkit/codec";
import { createFsTarget, ScpFsError, walk } from "../src/index.ts";
import { visName } from "../src/read/vis-name.ts";
import { rawPaths } from "../src/system/path.ts";
import { windowsNameProblem } from "../src/write/storable-name.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { all, bodyOf, context, enter, only, onlyDirectory, onlyFile, store } from "./support/transfer.ts";

const latin1 = Uint8Array.of(0xff, 0x61, 0xe9);

function namesIn(folder: string): string[] {
  return readdirSync(folder, { encoding: "buffer" }).map((name) => name.toString("hex"));
}

describe("names that are not UTF-8", () => {
  for (const options of [{}, { blocking: true }, { confine: true }]) {
    it(`are stored byte for byte with ${JSON.stringify(options)}`, async (t) => {
      if (!rawPaths) return t.skip("This runtime has no byte paths");
      const folder = temporaryFolder(t);
      const target = await createFsTarget(folder, options);
      const directory = await enter(target, createName(latin1));
      await store(directory, createName(latin1), "contents");
      await directory.close?.();
      assert.deepEqual(namesIn(folder), ["ff61e9"]);
      const inner = Buffer.concat([Buffer.from(`${folder}/`), latin1]);
      assert.deepEqual(
        readdirSync(inner, { encoding: "buffer" }).map((name) => name.toString("hex")),
        ["ff61e9"],
      );
    });

    it(`are walked byte for byte with ${JSON.stringify(options)}`, async (t) => {
      if (!rawPaths) return t.skip("This runtime has no byte paths");
      const folder = temporaryFolder(t);
      await store(await createFsTarget(folder), createName(latin1), "contents");
      const walked =
        "confine" in options
          ? walk(".", { root: folder, recursive: true })
          : walk(Buffer.concat([Buffer.from(folder)]), { recursive: true, ...options });
      const [file] = await all((await onlyDirectory(walked)).entries(context));
      assert.ok(file?.type === "file" && typeof file.name !== "string");
      assert.deepEqual([...file.name.bytes], [...latin1]);
      assert.equal(file.name.exact, false);
      assert.equal(new TextDecoder().decode(await bodyOf(file)), "contents");
    });
  }

  it("may be given to walk and createFsTarget as bytes", async (t) => {
    if (!rawPaths) return t.skip("This runtime has no byte paths");
    const folder = temporaryFolder(t);
    const path = Buffer.concat([Buffer.from(`${folder}/`), latin1]);
    await store(await createFsTarget(path), "ignored", "contents");
    assert.deepEqual(namesIn(folder), ["ff61e9"]);
    const entry = await onlyFile(walk(path));
    assert.deepEqual(typeof entry.name !== "string" && [...entry.name.bytes], [...latin1]);
  });

  it("are refused where the runtime would write other bytes", async (t) => {
    if (rawPaths) return t.skip("This runtime has byte paths");
    const folder = temporaryFolder(t);
    const target = await createFsTarget(folder);
    await assert.rejects(store(target, createName(latin1), "contents"), { code: "name-not-storable" });
    await assert.rejects(enter(target, createName(latin1)), { code: "name-not-storable" });
    assert.deepEqual(namesIn(folder), []);
  });
});

it("a name that the runtime cannot open is reported as such when it is sent", async (t) => {
  if (rawPaths) return t.skip("This runtime has byte paths");
  const folder = temporaryFolder(t);
  execFileSync("sh", ["-c", "printf x > \"$1/$(printf 'caf\\351')\"", "sh", folder]);
  const directory = await onlyDirectory(walk(folder, { recursive: true }));
  const entry = await only(directory.entries(context));
  assert.ok(entry.type === "failed" && entry.error instanceof ScpFsError);
  assert.equal(entry.error.code, "name-not-storable");
  assert.match(entry.error.message, /The name is not UTF-8/);
});

it("a UTF-8 name keeps its normal form", async (t) => {
  const folder = temporaryFolder(t);
  const target = await createFsTarget(folder);
  for (const name of ["\u00e9", "e\u0301", "\ufeffbom", "\ufffd"]) {
    await store(target, name, name);
    writeFileSync(`${folder}/${name}.direct`, "");
  }
  assert.ok(namesIn(folder).includes(Buffer.from("\ufeffbom").toString("hex")));
  if (process.platform === "linux") assert.equal(namesIn(folder).length, 8);
});

describe("visName", () => {
  it("encodes as vis(3) with VIS_NL", () => {
    const encode = (...bytes: number[]): string => visName(createName(Uint8Array.from(bytes))).text;
    assert.equal(encode(0x0a), "\\^J");
    assert.equal(encode(0x01, 0x1b, 0x7f), "\\^A\\^[\\^?");
    assert.equal(encode(0x5c), "\\\\");
    assert.equal(encode(0x20, 0x09, 0x41), " \tA");
    assert.equal(encode(0xc3, 0x80, 0xa0, 0xff), "\\M-C\\M^@\\240\\M^?");
  });
});

describe("windowsNameProblem", () => {
  it("allows what Windows stores as it is", () => {
    for (const name of ["file.txt", ".hidden", "console", "com10", "a b", "ünï", "lpt", "nul-1"]) {
      assert.equal(windowsNameProblem(name), undefined, name);
    }
  });

  it("finds drives, streams, devices, separators and dropped endings", () => {
    const bad = [
      "a\\b",
      "C:",
      "c:file",
      "file:stream",
      "CON",
      "nul",
      "Aux.txt",
      "com1",
      "LPT9.log",
      "com\u00b9",
      "conout$",
      "prn ",
      "nul .x",
    ];
    for (const name of [...bad, "dot.", "space ", "a?", "a*", "<", "|", "\u0001", '"']) {
      assert.notEqual(windowsNameProblem(name), undefined, name);
    }
  });
});
