import { writeFileSync } from "node:fs";
import { defineConfig } from "tsup";
import { program } from "../../tsup.base.ts";
import { manPage } from "./src/command-line/man-page.ts";
import { version } from "./src/version.ts";

export default defineConfig({
  ...program(["src/main.ts"]),
  onSuccess: async () => writeFileSync("dist/scpkit.1", manPage(version)),
});
