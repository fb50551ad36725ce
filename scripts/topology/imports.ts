import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { root } from "../lib/run.mjs";
import { files } from "../lib/workspaces.mjs";

/** One import of a source file: static, dynamic, type-only, or a re-export. */
export interface SourceImport {
  /** Path of the importing file from the repository's root. */
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
}

/** The TypeScript files below a workspace's `src`. */
export function sourceFiles(dir: string): readonly string[] {
  return files(`${dir}/src`, /\.ts$/);
}

/** Parses a file of the repository. */
export function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
}

/** The module a node names, for every way to name one. */
function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  let named: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) named = node.moduleSpecifier;
  else if (ts.isExternalModuleReference(node)) named = node.expression;
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) named = node.argument.literal;
  else if (ts.isCallExpression(node)) {
    const callee = node.expression;
    const isImport = callee.kind === ts.SyntaxKind.ImportKeyword;
    const isRequire = ts.isIdentifier(callee) && callee.text === "require";
    if (isImport || isRequire) named = node.arguments[0];
  }
  return named !== undefined && ts.isStringLiteralLike(named) ? named : undefined;
}

/** Every import of a file. */
export function importsOf(file: string): readonly SourceImport[] {
  const source = parse(file);
  const found: SourceImport[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) {
      const line = source.getLineAndCharacterOfPosition(specifier.getStart()).line + 1;
      found.push({ file, line, specifier: specifier.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The package a bare specifier belongs to: `@scpkit/sink/memory` is `@scpkit/sink`. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The file a relative specifier names, as a path from the repository's root. */
export function targetOf({ file, specifier }: SourceImport): string {
  return join(dirname(file), specifier).replaceAll("\\", "/");
}

/**
 * A cycle in a graph, as the nodes along it with the first one repeated at the end.
 *
 * @returns `undefined` when there is none.
 */
export function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = walk(next, [...path, node]);
      if (cycle !== undefined) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = walk(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Globals that only Node and its imitators have. */
const nodeGlobals = new Set([
  "Buffer",
  "process",
  "setImmediate",
  "clearImmediate",
  "__dirname",
  "__filename",
  "global",
]);

/** Uses of Node's globals in a file, as `file:line name`. */
export function nodeGlobalUses(file: string): readonly string[] {
  const source = parse(file);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && nodeGlobals.has(node.text) && isFree(node)) {
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${node.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Whether an identifier stands for a variable or a type, not for a property or a name being declared. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  const isNamed = "name" in parent && parent.name === node;
  return !isNamed || ts.isShorthandPropertyAssignment(parent);
}
