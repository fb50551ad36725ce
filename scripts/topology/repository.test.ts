import assert from "node:assert/strict";
import { it } from "node:test";
import { outdatedFiles } from "../lib/repository.mjs";

it("every file contains the repository's address from the root package.json", () => {
  assert.deepEqual([...outdatedFiles().keys()], [], "run npm run repository");
});
