import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePort } from "../src/operands/service-port.ts";

const services = (): string =>
  "# a comment\nssh\t\t22/tcp\t# SSH Remote Login Protocol\nsyslog 514/udp\nshell 514/tcp cmd syslog # no passwords\nbad\n";

test("a port is a number from 1 to 65535", () => {
  assert.equal(parsePort("22", services), 22);
  assert.equal(parsePort("65535", services), 65_535);
  assert.equal(parsePort(" +22", services), 22);
  for (const text of ["0", "65536", "-1", "22x", "2 2", "", " ", "1e3", "0x16"]) {
    assert.equal(parsePort(text, services), undefined, text);
  }
});

test("a port is the name or alias of a TCP service", () => {
  assert.equal(parsePort("ssh", services), 22);
  assert.equal(parsePort("cmd", services), 514);
  assert.equal(parsePort("syslog", services), 514);
  for (const text of ["#", "comment", "22/tcp", "SSH", "bad"]) assert.equal(parsePort(text, services), undefined, text);
});
