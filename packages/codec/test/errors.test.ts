import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScpError, ScpLimitError, ScpPeerError, ScpProtocolError, ScpStateError } from "../src/index.ts";

describe("errors", () => {
  const protocol = new ScpProtocolError("bad-mode", "Expected a mode", { line: "C" });
  const peer = new ScpPeerError("warning", "scp: a: gone");
  const state = new ScpStateError("Wrong order");
  const limit = new ScpLimitError("limit-depth", 3, "Too deep");

  it("belong to their class and to ScpError, and to no other", () => {
    for (const error of [protocol, peer, state, limit]) assert.ok(error instanceof ScpError && error instanceof Error);
    assert.ok(protocol instanceof ScpProtocolError && !(protocol instanceof ScpPeerError));
    assert.ok(peer instanceof ScpPeerError && !(peer instanceof ScpStateError));
    assert.ok(!(new Error("plain") instanceof ScpError) && !(new Error("plain") instanceof ScpProtocolError));
    for (const value of [undefined, null, "text", 1]) assert.ok(!((value as unknown) instanceof ScpError));
  });

  it("are recognised across copies of the package", () => {
    const foreign = Object.assign(new Error("from another copy"), {
      [Symbol.for("scpkit.ScpError")]: true,
      [Symbol.for("scpkit.ScpProtocolError")]: true,
    });
    assert.ok(foreign instanceof ScpProtocolError && foreign instanceof ScpError);
    assert.ok(!(foreign instanceof ScpLimitError));
  });

  it("carry code, name and what they are about", () => {
    assert.deepEqual([protocol.code, protocol.name, protocol.line], ["bad-mode", "ScpProtocolError", "C"]);
    assert.deepEqual([peer.code, peer.severity, peer.peerMessage], ["peer-warning", "warning", "scp: a: gone"]);
    assert.equal(new ScpPeerError("fatal", "").code, "peer-fatal");
    assert.deepEqual([limit.code, limit.limit], ["limit-depth", 3]);
    assert.equal(state.code, "bad-state");
    assert.equal(new ScpStateError("x", { cause: peer }).cause, peer);
  });

  it("quote and escape what a peer said", () => {
    assert.equal(peer.message, 'The peer reported "scp: a: gone"');
    assert.equal(
      new ScpPeerError("fatal", "\x1b[2J\u009b\u202e").message,
      'The peer reported "\\033[2J\\302\\233\\342\\200\\256"',
    );
    assert.equal(new ScpPeerError("fatal", "\x1b").peerMessage, "\x1b");
  });

  it("stay short when a peer says much", () => {
    assert.ok(new ScpPeerError("fatal", "x".repeat(8000)).message.length < 300);
  });
});
