// Reads the JUnit reports of Bun and Deno.

/** @typedef {import("./result.mjs").Result} Result */

/** @type {Record<string, string>} */
const entities = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** @param {string} text */
function decodeEntities(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return entities[name] ?? whole;
  });
}

/**
 * @param {string} attributes
 * @param {string} name
 */
function attribute(attributes, name) {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : decodeEntities(value);
}

/**
 * The tests in a report. Deno lists a suite beside its steps, named `suite` and `suite > step`; the suite counts only when
 * it failed and none of its steps did.
 * @param {string} xml
 * @returns {Result[]}
 */
export function readJunit(xml) {
  /** @type {Result[]} */
  const results = [];
  const testcase = /<testcase((?:\s+[\w:-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/testcase>)/g;
  for (const [, attributes = "", body = ""] of xml.matchAll(testcase)) {
    const name = attribute(attributes, "name") ?? "";
    const problem = /<(?:failure|error)((?:\s+[\w:-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/(?:failure|error)>)/.exec(body);
    if (problem !== null) {
      const detail = decodeEntities(problem[2] ?? "").trim() || attribute(problem[1] ?? "", "message") || "";
      results.push({ name, outcome: "failed", detail });
    } else if (body.includes("<skipped")) {
      results.push({ name, outcome: "skipped" });
    } else {
      results.push({ name, outcome: "passed" });
    }
  }
  return results.filter((result) => {
    const children = results.filter(({ name }) => name.startsWith(`${result.name} > `));
    if (children.length === 0) return true;
    return result.outcome === "failed" && children.every(({ outcome }) => outcome !== "failed");
  });
}
