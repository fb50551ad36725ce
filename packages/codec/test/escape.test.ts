import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { escapeText } from "../src/index.ts";

describe("escapeText", () => {
  it("leaves ordinary text alone", () => {
    const text = "a b \\ \" ' $() é 漢字 \u{1f4be} \u2764\ufe0f \ufffd \u00a0";
    assert.equal(escapeText(text), text);
  });

  for (const [text, escaped] of [
    ["\x1b[31m", "\\033[31m"],
    ["a\nb\tc\r", "a\\012b\\011c\\015"],
    ["\0\x07\x7f", "\\000\\007\\177"],
    ["\u0085\u009b", "\\302\\205\\302\\233"],
    ["\u061c\u200e\u200f", "\\330\\234\\342\\200\\216\\342\\200\\217"],
    ["\u202a\u202b\u202c\u202d\u202e", "\\342\\200\\252\\342\\200\\253\\342\\200\\254\\342\\200\\255\\342\\200\\256"],
    ["\u2066\u2067\u2068\u2069", "\\342\\201\\246\\342\\201\\247\\342\\201\\250\\342\\201\\251"],
    ["\u200b\u200c\u200d\u2060\ufeff", "\\342\\200\\213\\342\\200\\214\\342\\200\\215\\342\\201\\240\\357\\273\\277"],
    ["\u2028\u2029", "\\342\\200\\250\\342\\200\\251"],
    ["\u00ad\u034f\u180e", "\\302\\255\\315\\217\\341\\240\\216"],
    ["\u3164\uffa0\u115f\u2800", "\\343\\205\\244\\357\\276\\240\\341\\205\\237\\342\\240\\200"],
    ["\u2062\u206e\ufff9", "\\342\\201\\242\\342\\201\\256\\357\\277\\271"],
    ["a\ufe0f\u{e0041}", "a\\357\\270\\217\\363\\240\\201\\201"],
  ] as const) {
    it(`shows ${JSON.stringify(text)} as octal`, () => assert.equal(escapeText(text), escaped));
  }

  it("leaves no control, format or separator character in any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.doesNotMatch(escapeText(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/u);
      }),
    );
  });
});
