import assert from "node:assert/strict";
import { it } from "node:test";

/** One call of the public interface, with options that it must reject before it does anything. */
export interface OptionCase {
  /** As messages name the call. */
  readonly call: string;
  /** Options that have to be there. @default none */
  readonly base?: object;
  readonly run: (options: never) => unknown;
  /** A misspelt option, and the option that is meant. */
  readonly typo: readonly [misspelt: string, meant: string];
  /** An option, a value of another type, and what the message says of both. */
  readonly wrong: readonly [name: string, value: unknown, words: string];
  /** The name of the error's class. */
  readonly error: "ScpStateError" | "TypeError";
}

/** Tests that each call rejects, or throws, for a misspelt option and for a value of another type. */
export function itChecksOptions(cases: readonly OptionCase[]): void {
  for (const { call, base, run, typo, wrong, error } of cases) {
    const attempt = async (options: unknown): Promise<unknown> => run(options as never);

    it(`${call}: a misspelt option`, async () => {
      const [misspelt, meant] = typo;
      const message = `The option "${misspelt}" of ${call} does not exist; did you mean "${meant}"?`;
      await assert.rejects(attempt({ ...base, [misspelt]: true }), { name: error, message });
    });

    it(`${call}: a value of another type`, async () => {
      const [name, value, words] = wrong;
      const [first, ...more] = name.split(".");
      const nested = more.length === 0 ? value : { [more.join(".")]: value };
      const message = `The option "${name}" of ${call} must be ${words}`;
      await assert.rejects(attempt({ ...base, [first ?? ""]: nested }), { name: error, message });
    });

    it(`${call}: options that are no object`, async () => {
      const message = `The options of ${call} must be an object, not a string`;
      await assert.rejects(attempt("recursive"), { name: error, message });
    });
  }
}
