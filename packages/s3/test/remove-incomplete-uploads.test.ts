import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateMultipartUploadCommand } from "@aws-sdk/client-s3";
import { removeIncompleteUploads } from "../src/index.ts";
import { startBench } from "./support/fake-fixture.ts";

test("uploads of killed processes are removed, those under way are not", async (t) => {
  const { fake, client, location, close } = await startBench();
  t.after(close);
  for (const Key of ["a", "b/c"]) await client.send(new CreateMultipartUploadCommand({ Bucket: location.bucket, Key }));
  // The fake says that all were begun in 2020.
  assert.deepEqual(await removeIncompleteUploads({ ...location, olderThanMs: Date.now() }), []);
  assert.equal(fake.uploads.size, 2);
  assert.deepEqual([...(await removeIncompleteUploads(location))].sort(), ["a", "b/c"]);
  assert.equal(fake.uploads.size, 0);
});
