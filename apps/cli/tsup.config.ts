import { writeFileSync } from "node:fs";
import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";
import { manPage } from "./src/man-page.ts";
import { version } from "./src/version.ts";

export default defineConfig({
  ...library(["src/main.ts"]),
  platform: "node",
  dts: false,
  onSuccess: async () => writeFileSync("dist/scpkit.1", manPage(version)),
});
