import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { missingPlatforms } from "../complete-lock.mjs";
import { npm, readLock } from "../lib/prepare.mjs";
import { root } from "../lib/run.mjs";
import { files, libraries, publishable, workspaces } from "../lib/workspaces.mjs";
import { arrows } from "./arrows.ts";
import {
  findCycle,
  importsOf,
  nodeGlobalUses,
  packageOf,
  type SourceImport,
  sourceFiles,
  targetOf,
} from "./imports.ts";
import { entryPoints, entrySource, type PublicFaces, readFaces, readPin } from "./public-names.ts";

const names = new Set(workspaces().map(({ manifest }) => manifest.name));

function isRelative({ specifier }: SourceImport): boolean {
  return specifier.startsWith(".");
}

function isNode({ specifier }: SourceImport): boolean {
  return specifier.startsWith("node:");
}

function show({ file, line, specifier }: SourceImport): string {
  return `${file}:${line} imports ${specifier}`;
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Whether a package is a name without code yet. */
function isStub(dir: string): boolean {
  return sourceFiles(dir).every((file) => /^(?:\/\*[\s\S]*?\*\/|\/\/.*|\s)*export \{\};\s*$/.test(read(file)));
}

/** Returns what the workspaces that `name` consists of depend on, workspaces aside. */
function externalOf(name: string): readonly string[] {
  const manifest = workspaces().find((workspace) => workspace.manifest.name === name)?.manifest;
  return Object.keys(manifest?.dependencies ?? {}).flatMap((one) => (names.has(one) ? externalOf(one) : [one]));
}

/** Fails with one line per problem. */
function assertNone(problems: readonly string[]): void {
  assert.ok(problems.length === 0, `\n${problems.join("\n")}`);
}

describe("arrows between packages", () => {
  for (const { dir, manifest } of publishable()) {
    const imports = sourceFiles(dir).flatMap(importsOf);
    const bare = imports.filter((one) => !isRelative(one) && !isNode(one));

    it(`${manifest.name} imports only what its rule allows`, () => {
      const rule = arrows[manifest.name];
      assert.ok(rule !== undefined, `${manifest.name} has no rule in scripts/topology/arrows.ts`);
      const allowed = [...rule.workspaces, ...rule.external];
      const wrong = imports.filter((one) => {
        if (isRelative(one)) return !targetOf(one).startsWith(`${dir}/`);
        return isNode(one) ? !rule.node : !allowed.includes(packageOf(one.specifier));
      });
      const globals = rule.node ? [] : sourceFiles(dir).flatMap(nodeGlobalUses);
      assertNone([...wrong.map(show), ...globals.map((use) => `${use} is Node's own`)]);
    });

    it(`${manifest.name} depends on exactly what it imports, if it has code`, () => {
      if (isStub(dir)) return;
      const imported = [...new Set(bare.map(({ specifier }) => packageOf(specifier)))].sort();
      // The build of a program bundles its development dependencies, so that it needs what they depend on.
      const isProgram = manifest.bin !== undefined;
      const isBundled = (name: string): boolean => isProgram && manifest.devDependencies?.[name] !== undefined;
      const needed = imported.flatMap((name) => (isBundled(name) ? externalOf(name) : [name]));
      const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
      assert.deepEqual(
        declared.sort(),
        [...new Set(needed)].sort(),
        "dependencies of package.json (actual) and imports in src (expected) differ",
      );
    });

    it(`${manifest.name} has no cycle between its files`, () => {
      const graph = new Map(
        sourceFiles(dir).map((file) => [file, importsOf(file).filter(isRelative).map(targetOf)] as const),
      );
      const missing = [...graph.values()].flat().filter((file) => !existsSync(join(root, file)));
      assertNone(missing.map((file) => `${file} is imported and does not exist`));
      assert.equal(findCycle(graph)?.join(" -> "), undefined);
    });
  }

  it("no file imports a file of another workspace by its path, tests included", () => {
    const dirs = workspaces().map(({ dir }) => `${dir}/`);
    const wrong = dirs.flatMap((own) => {
      const imports = files(own.slice(0, -1), /\.ts$/).flatMap(importsOf).filter(isRelative);
      return imports.filter((one) => dirs.some((dir) => dir !== own && targetOf(one).startsWith(dir)));
    });
    assertNone(wrong.map(show));
  });

  it("has no cycle, tests aside", () => {
    const graph = new Map(
      workspaces().map(({ dir, manifest }) => {
        const imported = sourceFiles(dir)
          .flatMap(importsOf)
          .map(({ specifier }) => packageOf(specifier));
        return [manifest.name, imported.filter((name) => names.has(name))] as const;
      }),
    );
    assert.equal(findCycle(graph)?.join(" -> "), undefined);
  });
});

describe("public names", () => {
  let faces: PublicFaces = {};
  before(async () => {
    faces = await readFaces();
  });

  for (const workspace of libraries()) {
    const { dir, manifest } = workspace;

    it(`${manifest.name} exports what is pinned (npm run exports:pin)`, () => {
      assert.deepEqual(faces[manifest.name], readPin()[manifest.name]);
    });

    it(`${manifest.name} builds each entry point from a source of the same name`, () => {
      const found = Object.entries(manifest.exports ?? {}).filter(([, target]) => typeof target !== "string");
      const wanted = entryPoints(workspace).map(([entry]) => {
        assert.ok(existsSync(join(root, entrySource(dir, entry))), `${entrySource(dir, entry)} is missing`);
        assert.match(
          read(entrySource(dir, entry)),
          /^\/\*\*\n(?: \*.*\n)+ \* @module\n \*\/\n/,
          "A @module comment comes first",
        );
        const stem = `./dist/${entry === "." ? "index" : entry.slice("./".length)}`;
        return [entry, { types: `${stem}.d.ts`, default: `${stem}.js` }];
      });
      assert.deepEqual(found, wanted);
    });

    it(`${manifest.name} lists its public names in index.ts one by one`, () => {
      const text = read(entrySource(dir, "."));
      assert.doesNotMatch(text, /export \*/);
      assert.equal(
        text.replaceAll(/export (?:type )?\{[^}]*\}(?: from "[^"]+")?;|\/\*[\s\S]*?\*\/|\/\/.*/g, "").trim(),
        "",
      );
    });
  }
});

describe("manifests", () => {
  for (const { dir, manifest } of publishable()) {
    it(`${manifest.name} is complete`, () => {
      for (const file of ["LICENSE", "README.md"])
        assert.ok(existsSync(join(root, dir, file)), `${dir}/${file} is missing`);
      assert.equal(manifest.license, "MIT");
      assert.equal(manifest.type, "module");
      assert.equal(manifest.sideEffects, false);
      assert.deepEqual(manifest.engines, { node: ">=20.19" });
      assert.equal(read(`${dir}/LICENSE`), read("LICENSE"));
    });
  }

  for (const workspace of libraries()) {
    const { dir, manifest } = workspace;
    it(`${manifest.name} says the same in deno.json`, () => {
      const deno = JSON.parse(read(`${dir}/deno.json`));
      const sources = entryPoints(workspace).map(([entry]) => [entry, `.${entrySource(dir, entry).slice(dir.length)}`]);
      const isSingle = sources.length === 1;
      assert.deepEqual(
        { name: deno.name, version: deno.version, license: deno.license, exports: deno.exports },
        {
          name: manifest.name,
          version: manifest.version,
          license: "MIT",
          exports: isSingle ? sources[0]?.[1] : Object.fromEntries(sources),
        },
      );
      const folders = (manifest.files ?? []).filter((name) => name !== "dist" && name !== "CHANGELOG.md");
      const shipped = ["src", ...folders].map((name) => `${name}/**`);
      assert.deepEqual(deno.publish?.include, [...shipped, "README.md", "LICENSE", "CHANGELOG.md", "deno.json"]);
      const external = Object.entries(manifest.dependencies ?? {}).filter(([name]) => !names.has(name));
      const wanted = external.map(([name, range]) => [name, `npm:${name}@${range}`]);
      assert.deepEqual(deno.imports ?? {}, Object.fromEntries(wanted));
    });

    it(`${manifest.name} has tests, if it has code`, () => {
      const isStub = sourceFiles(dir).every((file) =>
        /^(?:\/\*[\s\S]*?\*\/|\/\/.*|\s)*export \{\};\s*$/.test(read(file)),
      );
      assert.ok(isStub || files(`${dir}/test`, /\.test\.ts$/).length > 0, `${dir}/test holds no *.test.ts`);
    });
  }

  it("every workspace with TypeScript checks its types", () => {
    const unchecked = workspaces().filter(({ dir, manifest }) => {
      return files(dir, /\.ts$/).length > 0 && manifest.scripts?.typecheck === undefined;
    });
    assertNone(unchecked.map(({ dir }) => `${dir}/package.json has no typecheck script`));
  });
});

describe("the lockfile", () => {
  const lock = readLock(join(root, "package-lock.json")) ?? {};

  it("agrees with every package.json", () => {
    const own = [{ dir: "", manifest: JSON.parse(read("package.json")) }, ...workspaces()];
    for (const { dir, manifest } of own) {
      for (const kind of ["dependencies", "devDependencies"] as const) {
        assert.deepEqual(lock[dir]?.[kind] ?? {}, manifest[kind] ?? {}, `${dir || "."}: ${kind}; run npm run lock`);
      }
    }
  });

  it("lists the optional packages of every platform, or npm ci refuses it", () => {
    assert.deepEqual(missingPlatforms(lock), {}, "run npm run lock");
  });

  it("names no registry host", () => {
    const hosts = Object.entries(lock).filter(([, { resolved }]) => resolved?.includes("://"));
    assertNone(hosts.map(([path, { resolved }]) => `${path}: ${resolved}`));
  });
});

describe("tracked files", () => {
  let tracked: readonly string[] = [];
  before(() => {
    if (!existsSync(join(root, ".git"))) return;
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
    const isText = /(?:\.(?:ts|mjs|js|json|md|sh|yml|yaml|toml|html)|\/run|rc|LICENSE)$/;
    tracked = listed
      .toString("utf8")
      .split("\0")
      .filter((file) => isText.test(file) && existsSync(join(root, file)));
  });

  it("name no path of the machine they were written on", (t) => {
    if (tracked.length === 0) return t.skip("not a git checkout");
    const home = homedir();
    const own = [root, ...(home.length > 1 ? [home] : [])].map((path) => `${path}/`);
    const leaked = tracked.flatMap((file) => {
      const text = read(file);
      const path = own.find((one) => standsAlone(text, one)) ?? /(?<![\w.~])\/(?:work|farm)\/\w+/.exec(text)?.[0];
      return path === undefined ? [] : [`${file}: ${path}`];
    });
    assertNone(leaked);
  });

  it("name no registry host", async (t) => {
    if (tracked.length === 0) return t.skip("not a git checkout");
    const { output } = await npm(["config", "get", "registry"]);
    const host = /https?:\/\/([^/\s]+)/.exec(output)?.[1];
    if (host === undefined || host === "registry.npmjs.org") return;
    assertNone(tracked.filter((file) => read(file).includes(host)));
  });

  it("hold no shortcut around the types, and no note to self", () => {
    const shortcut = /@ts-(?:ignore|nocheck)|as unknown as|\bTODO\b|\bFIXME\b/;
    const sources = workspaces().flatMap(({ dir }) => sourceFiles(dir));
    assertNone(sources.filter((file) => shortcut.test(read(file))));
  });
});

/** Whether `path` occurs as the beginning of an absolute path, not as part of `../root/x`. */
function standsAlone(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
    if (!/[\w.~]/.test(text[at - 1] ?? "")) return true;
  }
  return false;
}
