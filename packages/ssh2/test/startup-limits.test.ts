import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { StartupLimits, sourceOf } from "../src/server/startup-limits.ts";

/** A socket that seems to come from `remoteAddress`. */
function socketFrom(remoteAddress: string): Socket {
  return Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress });
}

function enterMany(limits: StartupLimits, count: number, address: (index: number) => string): (string | undefined)[] {
  return Array.from({ length: count }, (_, index) => limits.enter(socketFrom(address(index))));
}

test("one address cannot take the places of others", () => {
  const limits = new StartupLimits({}, 3, () => 0.99);
  const flood = enterMany(limits, 1000, () => "192.0.2.1");
  assert.deepEqual(flood.slice(0, 4), [undefined, undefined, undefined, "maxStartupsPerAddress"]);
  assert.equal(limits.enter(socketFrom("192.0.2.2")), undefined);
});

test("between begin and full the share that is dropped rises as sshd's does", () => {
  const limits = { begin: 10, rate: 30, full: 100 };
  const dropped = (count: number, random: number): boolean => {
    let chosen = 1;
    const counted = new StartupLimits(limits, Number.POSITIVE_INFINITY, () => chosen);
    enterMany(counted, count, (index) => `192.0.2.${index}`);
    chosen = random;
    return counted.enter(socketFrom("198.51.100.1")) === "maxStartups";
  };
  assert.equal(dropped(9, 0), false);
  assert.equal(dropped(10, 0.29), true);
  assert.equal(dropped(10, 0.3), false);
  // Half of the way from 30 % to 100 %.
  assert.equal(dropped(55, 0.64), true);
  assert.equal(dropped(55, 0.65), false);
  assert.equal(dropped(100, 0.9999), true);
});

test("a connection that has logged in or is gone gives its place back, once", () => {
  const limits = new StartupLimits({}, 2);
  const [first, second] = [socketFrom("192.0.2.1"), socketFrom("192.0.2.1")];
  assert.equal(limits.enter(first), undefined);
  assert.equal(limits.enter(second), undefined);
  assert.equal(limits.enter(socketFrom("192.0.2.1")), "maxStartupsPerAddress");
  for (let again = 0; again < 3; again++) limits.leave(first);
  assert.equal(limits.enter(first), undefined);
  assert.equal(limits.enter(socketFrom("192.0.2.1")), "maxStartupsPerAddress");
});

test("a source is an IPv4 address or the network of an IPv6 address", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:db8::9", "2001:db8:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["::1", "0:0:0:0"],
    ["", ""],
  ];
  for (const [address, source] of cases) assert.equal(sourceOf(address), source);
});
