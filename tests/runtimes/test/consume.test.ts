import assert from "node:assert/strict";
import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { bin, run } from "../../../scripts/lib/run.mjs";
import { publishable } from "../../../scripts/lib/workspaces.mjs";
import { type ConsumerProject, compilers, createConsumer, packAll } from "./project.ts";

/** Packages that import nothing of Node, so that a browser can have them. */
const portable = ["codec", "core", "source", "sink", "relay", "middleware", "server", "conformance"];

let tarballs = "";
let project: ConsumerProject | undefined;
let linkedProject: ConsumerProject | undefined;

function consumer(): ConsumerProject {
  assert.ok(project !== undefined);
  return project;
}

before(async () => {
  tarballs = await packAll();
  project = await createConsumer(tarballs, "hoisted");
  linkedProject = await createConsumer(tarballs, "linked");
});

after(() => {
  project?.remove();
  linkedProject?.remove();
  rmSync(tarballs, { recursive: true, force: true });
});

/** Returns what a compiler reports about a program that imports these entry points, their declarations included. */
async function checkTypes(
  { dir }: ConsumerProject,
  compiler: string,
  names: readonly string[],
  options: object,
  program = "",
): Promise<readonly string[]> {
  const imports = names.map((name, index) => `import * as entry${index} from "${name}";\nvoid entry${index};\n`);
  writeFileSync(join(dir, "types.ts"), `${imports.join("")}${program}`);
  const compilerOptions = {
    target: "es2023",
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    ...options,
  };
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["types.ts"] }));
  const tsc = join("node_modules", compiler, "bin", "tsc");
  const { code, output } = await run(process.execPath, [tsc, "-p", ".", "--pretty", "false"], { cwd: dir });
  const problems = output
    .trim()
    .split("\n")
    .filter((line) => /error TS/.test(line));
  if (code !== 0 && problems.length === 0) throw new Error(`${compiler} failed\n${output}`);
  return problems;
}

describe("the packed packages", () => {
  it("are installed from their tarballs, not linked", () => {
    for (const { manifest } of publishable()) {
      const dir = join(consumer().dir, "node_modules", manifest.name);
      assert.ok(lstatSync(dir).isDirectory(), `${manifest.name} is no folder`);
      for (const file of ["LICENSE", "README.md"])
        assert.ok(existsSync(join(dir, file)), `${manifest.name} lacks ${file}`);
      assert.ok(!existsSync(join(dir, "test")), `${manifest.name} carries its tests`);
    }
  });

  const runtimes: Record<string, readonly [command: string, ...args: string[]]> = {
    node: [process.execPath],
    bun: [bin("bun")],
    deno: [bin("deno"), "run", "-A"],
  };
  for (const [runtime, [command, ...args]] of Object.entries(runtimes)) {
    for (const layout of ["hoisted", "linked"]) {
      it(`work on ${runtime}, with ${layout} dependencies`, async (t) => {
        if (!existsSync(command)) return t.skip(`peer missing: ${runtime}`);
        const used = layout === "linked" ? linkedProject : project;
        assert.ok(used !== undefined);
        const { code, output } = await run(command, [...args, "round-trip.mjs"], { cwd: used.dir });
        assert.equal(code, 0, output);
        assert.match(output, new RegExp(`consumed ${used.entryPoints.length} entry points`));
      });
    }
  }

  // The permissions of docs/library/deno.md.
  const permissions: Record<string, readonly string[]> = {
    "child-process": ["run", "env"],
    fs: ["read", "write", "sys"],
    openssh: ["read", "env", "sys"],
    ssh2: ["net"],
  };
  for (const [name, allowed] of Object.entries(permissions)) {
    it(`need no other permissions on Deno than ${allowed.join(", ")}: ${name}`, async (t) => {
      if (!existsSync(bin("deno"))) return t.skip("peer missing: deno");
      const flags = ["run", "--no-prompt", ...allowed.map((permission) => `--allow-${permission}`)];
      const { code, output } = await run(bin("deno"), [...flags, `deno/${name}.mjs`], { cwd: consumer().dir });
      assert.equal(code, 0, output);
    });
  }

  it("are required by a CommonJS program", async () => {
    const { dir, entryPoints } = consumer();
    const { code, output } = await run(process.execPath, ["round-trip.cjs"], { cwd: dir });
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`required ${entryPoints.length} entry points`));
  });

  for (const compiler of Object.keys(compilers)) {
    it(`compile with the types of a browser and without those of Node, where they are portable, with ${compiler}`, async () => {
      const lib = ["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"];
      const names = consumer().entryPoints.filter((name) => portable.includes(name.split("/")[1] ?? ""));
      // A WebSocket and a Blob take no views of a SharedArrayBuffer.
      const program = `
        import { encodeRecord, encodeReply, ScpReplyEncoderStream } from "@scpkit/codec";
        import type { ScpIncomingFile } from "@scpkit/sink";
        import { createMemoryTarget } from "@scpkit/sink/memory";
        declare const socket: WebSocket;
        declare const file: ScpIncomingFile;
        socket.send(encodeReply({ type: "ok" }));
        socket.send(encodeRecord({ type: "end" }));
        for await (const reply of new ScpReplyEncoderStream().readable) socket.send(reply);
        new Blob([await file.bytes()]);
        for (const { bytes } of createMemoryTarget().entries.values()) new Blob([bytes]);
      `;
      assert.deepEqual(await checkTypes(consumer(), compiler, names, { lib, types: [] }, program), []);
    });

    it(`compile with the types of Node, with ${compiler}`, async () => {
      const options = { lib: ["es2024", "esnext.disposable"], types: ["node"] };
      assert.deepEqual(await checkTypes(consumer(), compiler, consumer().entryPoints, options), []);
    });
  }

  it("compile with linked dependencies", async () => {
    assert.ok(linkedProject !== undefined);
    const options = { lib: ["es2024", "esnext.disposable"], types: ["node"] };
    assert.deepEqual(await checkTypes(linkedProject, "typescript-6", linkedProject.entryPoints, options), []);
  });

  it("bundle for a browser where they need nothing of Node", async () => {
    const { dir } = consumer();
    const imports = portable.map((name) => `export * as ${name} from "@scpkit/${name}";\n`);
    writeFileSync(join(dir, "browser.js"), imports.join(""));
    const flags = ["--bundle", "--format=esm", "--platform=browser", "--log-level=warning", "--outfile=browser.out.js"];
    const { code, output } = await run(bin("esbuild"), ["browser.js", ...flags], { cwd: dir });
    assert.equal(code, 0, output);
    assert.doesNotMatch(readFileSync(join(dir, "browser.out.js"), "utf8"), /["']node:/);
  });

  it("bring the command, which tells its version", async () => {
    const { dir } = consumer();
    const command = publishable().find(({ manifest }) => manifest.bin?.scpkit !== undefined);
    assert.ok(command !== undefined);
    const { code, output } = await run(join(dir, "node_modules", ".bin", "scpkit"), ["--version"], { cwd: dir });
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(command.manifest.version.replaceAll(".", "\\.")));
  });
});
