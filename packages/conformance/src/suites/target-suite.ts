import type { Awaitable } from "@scpkit/sink";
import { destinationCases } from "./destination-cases.ts";
import { storageCases } from "./storage-cases.ts";
import { withFixtures } from "./suite-case.ts";
import type { ScpTargetFeatures, ScpTargetFixture } from "./target-fixture.ts";

export type { ScpTargetFeatures, ScpTargetFixture } from "./target-fixture.ts";

/** Options of {@link targetSuite}. */
export interface ScpTargetSuiteOptions {
  /** Creates a fixture. Its target preserves modes and times if it can. Called once per case. */
  create(): Awaitable<ScpTargetFixture>;
  readonly features?: ScpTargetFeatures | undefined;
}

/** One case, for any test runner. */
export interface ScpTargetCase {
  readonly name: string;
  /** @throws {Error} if the target does not behave as the case requires; the message states how it behaved */
  run(): Promise<void>;
}

/**
 * Returns the storage contract of `ScpTarget` as cases for any test runner.
 *
 * ```ts
 * for (const { name, run } of targetSuite({ create })) test(name, run);
 * ```
 */
export function targetSuite({ create, features = {} }: ScpTargetSuiteOptions): readonly ScpTargetCase[] {
  const has: Record<keyof ScpTargetFeatures, boolean> = {
    paths: features.paths ?? true,
    directories: features.directories ?? true,
    emptyDirectories: features.emptyDirectories ?? true,
    overwrite: features.overwrite ?? true,
    typesClash: features.typesClash ?? false,
    modes: features.modes ?? false,
    times: features.times ?? false,
    refusesBadNames: features.refusesBadNames ?? false,
  };
  return withFixtures([...storageCases, ...destinationCases], has, () => create());
}
