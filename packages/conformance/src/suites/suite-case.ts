import type { Awaitable } from "@scpkit/sink";

/** Shared by the suites for sources and for targets: cases that need features, each with its own fixture. */

/** A case before it has a fixture. */
export interface FixtureCase<Fixture, Feature extends string> {
  readonly name: string;
  /** The case is omitted unless all these features are supported. */
  readonly needs?: readonly Feature[];
  run(fixture: Fixture): Promise<void>;
}

interface Disposable {
  dispose?(): Awaitable<void>;
}

/**
 * Returns the cases whose features are supported. Each one creates its fixture and disposes of it, also if it failed.
 */
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

/** Returns bytes that differ at every position, so that swapped ranges are detected. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 17 + (index >> 16) * 7) & 0xff);
}

/**
 * @throws {Error} if `actual` differs from `expected`. It uses no assertion library, so that any test runner can be
 * used
 */
export function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`The ${what} is ${actual} instead of ${expected}`);
}
