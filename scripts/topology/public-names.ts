import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { root } from "../lib/run.mjs";
import { libraries, type Workspace } from "../lib/workspaces.mjs";
import { parse } from "./imports.ts";

/** Where the pinned names are kept, from the repository's root. */
export const pinFile = "scripts/topology/exports.json";

/** What one entry point of a package offers. */
export interface PublicNames {
  /** Names that exist at run time, sorted; read from the built module. */
  readonly values: readonly string[];
  /** Names that are types only, sorted; read from the entry's source. */
  readonly types: readonly string[];
}

/** The public face of every library: package, then entry point; an entry without code is the path it maps to. */
export type PublicFaces = Readonly<Record<string, Readonly<Record<string, PublicNames | string>>>>;

/** The source file of an entry point: `./memory` is built from `src/memory.ts`. */
export function entrySource(dir: string, entry: string): string {
  return `${dir}/src/${entry === "." ? "index" : entry.slice("./".length)}.ts`;
}

/** The entry points with code, by their name in `exports`. */
export function entryPoints({ manifest }: Workspace): readonly [name: string, file: string][] {
  return Object.entries(manifest.exports ?? {}).flatMap(([name, target]): [string, string][] => {
    if (typeof target === "string") return [];
    return target.default === undefined ? [] : [[name, target.default]];
  });
}

/** Exported names of a source file that are types only. */
function typeNames(file: string): readonly string[] {
  return parse(file).statements.flatMap((statement): string[] => {
    if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
      const clause = statement.exportClause;
      if (!ts.isNamedExports(clause)) return [];
      return clause.elements.filter((one) => statement.isTypeOnly || one.isTypeOnly).map((one) => one.name.text);
    }
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    const isExported = isType && statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    return isExported ? [statement.name.text] : [];
  });
}

/** Reads the public faces from the built packages. */
export async function readFaces(): Promise<PublicFaces> {
  const faces: Record<string, Record<string, PublicNames | string>> = {};
  for (const workspace of libraries()) {
    const { dir, manifest } = workspace;
    const plain = Object.entries(manifest.exports ?? {}).filter(([, target]) => typeof target === "string");
    const face: Record<string, PublicNames | string> = Object.fromEntries(plain) as Record<string, string>;
    for (const [entry, file] of entryPoints(workspace)) {
      const module: object = await import(pathToFileURL(join(root, dir, file)).href);
      const types = [...typeNames(entrySource(dir, entry))].sort();
      face[entry] = { values: Object.keys(module).sort(), types };
    }
    faces[manifest.name] = face;
  }
  return faces;
}

/** The faces as they were pinned. */
export function readPin(): PublicFaces {
  return JSON.parse(readFileSync(join(root, pinFile), "utf8"));
}
