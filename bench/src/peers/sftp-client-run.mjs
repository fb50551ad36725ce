// Plain JavaScript, so that no compiler's start-up is part of what is measured.
import { readFileSync } from "node:fs";
import SftpClient from "ssh2-sftp-client";

const { direction, shape, source, destination, cipher, access } = JSON.parse(process.argv[2]);

const client = new SftpClient();
await client.connect({
  host: access.hostname,
  port: access.port,
  username: access.user,
  privateKey: readFileSync(access.identityFile),
  ...(cipher === undefined ? {} : { algorithms: { cipher: [cipher] } }),
});
if (shape === "file") {
  await (direction === "up" ? client.fastPut(source, destination) : client.fastGet(source, destination));
} else if (direction === "up") {
  await client.uploadDir(source, destination, { useFastput: true });
} else {
  await client.downloadDir(source, destination, { useFastget: true });
}
await client.end();
