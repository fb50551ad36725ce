import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.mjs";
import { files, publishable } from "../lib/workspaces.mjs";

/** The README of each package that is published. npm and JSR show it without the rest of the repository. */
export const readmes: readonly string[] = publishable().map(({ dir }) => `${dir}/README.md`);

/** The Markdown files of the documentation, by their paths from the repository's root. */
export const documents: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md"],
  ...readmes,
  ...["bench", "tests/fuzz", "tests/interop", "tests/load", "tests/runtimes"].map((dir) => `${dir}/README.md`),
  ...files("docs", /\.md$/),
  ...files("examples", /README\.md$/),
].filter((file) => existsSync(join(root, file)));
