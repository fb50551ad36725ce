import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveDestination, type ScpDestination, ScpDestinationError } from "../src/index.ts";

const stored: Readonly<Record<string, "file" | "directory">> = {
  dir: "directory",
  "dir/sub": "directory",
  file: "file",
};

async function resolve(path: string | Uint8Array, targetIsDirectory = false): Promise<string> {
  try {
    return show(await resolveDestination(path, { typeOf: (at) => stored[at], targetIsDirectory }));
  } catch (error) {
    assert.ok(error instanceof ScpDestinationError);
    return error.code;
  }
}

/** `directory > name`, with a slash after a name that only a directory can have. */
function show({ directory, name, mustBeDirectory }: ScpDestination): string {
  return name === undefined ? directory : `${directory} > ${name.text}${mustBeDirectory ? "/" : ""}`;
}

describe("resolveDestination", () => {
  const rows: Readonly<Record<string, string>> = {
    "": "",
    "/": "",
    ".": "",
    "./": "",
    "dir/..": "",
    dir: "dir",
    "dir/": "dir",
    "/dir//.": "dir",
    "dir/sub/..": "dir",
    "x.csv": " > x.csv",
    "/x.csv": " > x.csv",
    "dir/x.csv": "dir > x.csv",
    "./dir//sub/../x.csv": "dir > x.csv",
    file: " > file",
    "new/": " > new/",
    "new/.": " > new/",
    "missing/new": "missing > new",
    "~": " > ~",
    "a\nb": " > a\nb",
    "..": "outside-root",
    "../dir": "outside-root",
    "dir/../../dir": "outside-root",
  };
  for (const [path, expected] of Object.entries(rows)) {
    it(`resolves ${JSON.stringify(path)} to ${JSON.stringify(expected)}`, async () => {
      assert.equal(await resolve(path), expected);
      assert.equal(await resolve(new TextEncoder().encode(path)), expected);
    });
  }

  it("takes only directories with targetIsDirectory", async () => {
    for (const [path, expected] of Object.entries({
      "": "",
      "dir/": "dir",
      "dir/x.csv": "ENOENT",
      "new/": "ENOENT",
      file: "ENOTDIR",
    })) {
      assert.equal(await resolve(path, true), expected, path);
    }
  });

  it("asks for a normalized path, once, and never for the root", async () => {
    const asked: string[] = [];
    const typeOf = (path: string): undefined => void asked.push(path);
    await resolveDestination("/dir/./sub/..//x/", { typeOf });
    await resolveDestination("/", { typeOf });
    assert.deepEqual(asked, ["dir/x"]);
  });

  it("keeps a leading slash and `..` for a storage that is not confined", async () => {
    const at = async (path: string): Promise<string> =>
      show(await resolveDestination(path, { typeOf: () => undefined, confined: false }));
    assert.equal(await at("/etc/passwd"), "/etc > passwd");
    assert.equal(await at("/passwd"), "/ > passwd");
    assert.equal(await at("../a/../b"), "../a/.. > b");
    assert.equal(await at("a//./b"), "a > b");
  });

  it("keeps the bytes of a name that is not UTF-8", async () => {
    const { directory, name } = await resolveDestination(new Uint8Array([0x64, 0xff, 0x2f, 0xfe]), {
      typeOf: () => undefined,
    });
    assert.equal(directory, "d\u{FFFD}");
    assert.deepEqual([...(name?.bytes ?? [])], [0xfe]);
  });

  it("quotes the path in its message without what a terminal obeys", async () => {
    await assert.rejects(
      async () => resolveDestination("\u001b[2J", { typeOf: () => undefined, targetIsDirectory: true }),
      { message: String.raw`\033[2J: No such file or directory` },
    );
  });
});
