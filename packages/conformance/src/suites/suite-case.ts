import type { Awaitable } from "@scpkit/sink";

/** What the suites for sources and for targets share: cases that need features, and run on a fixture of their own. */

/** A case before it has a fixture. */
export interface FixtureCase<Fixture, Feature extends string> {
  readonly name: string;
  /** Left out where one of them is not promised. */
  readonly needs?: readonly Feature[];
  run(fixture: Fixture): Promise<void>;
}

interface Disposable {
  dispose?(): Awaitable<void>;
}

/** The cases whose needs are met, each of which makes its fixture and disposes of it, also when it failed. */
export function withFixtures<
  Fixture extends Disposable,
  Feature extends string,
  One extends FixtureCase<Fixture, Feature>,
>(
  cases: readonly One[],
  has: Readonly<Record<Feature, boolean>>,
  create: (one: One) => Awaitable<Fixture>,
): { readonly name: string; run(): Promise<void> }[] {
  return cases
    .filter(({ needs = [] }) => needs.every((feature) => has[feature]))
    .map((one) => ({
      name: one.name,
      async run() {
        const fixture = await create(one);
        try {
          await one.run(fixture);
        } finally {
          await fixture.dispose?.();
        }
      },
    }));
}

/** Bytes that differ at every place, so that a swap is seen. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 17 + (index >> 16) * 7) & 0xff);
}

/** @throws {Error} `what` is something else; not of an assertion library, so that any test runner will do */
export function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`The ${what} is ${actual} instead of ${expected}`);
}
