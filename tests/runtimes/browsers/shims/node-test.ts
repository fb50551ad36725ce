// The part of node:test that the packages' tests use, for runtimes without it. Tests are registered when their file is loaded, and
// run by `runTests`.

/** One test, or a hook that failed. */
export interface TestResult {
  /** Suites first: `decoder > refuses an empty name`. */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped. */
  readonly detail?: string;
}

type Hook = () => unknown;
type Body = (context: TestContext) => unknown;

interface Options {
  readonly skip?: boolean | string;
  readonly timeout?: number;
}

/** What a test is given. */
export class TestContext {
  readonly name: string;
  readonly hooks: Hook[] = [];
  skipReason: string | undefined;

  constructor(name: string) {
    this.name = name;
  }

  skip(reason = "no reason given"): void {
    this.skipReason = reason;
  }

  after(hook: Hook): void {
    this.hooks.push(hook);
  }

  diagnostic(): void {}
}

interface Test {
  readonly name: string;
  readonly options: Options;
  readonly body: Body;
}

class Suite {
  readonly name: string;
  readonly options: Options;
  readonly parent: Suite | undefined;
  readonly items: (Suite | Test)[] = [];
  readonly before: Hook[] = [];
  readonly after: Hook[] = [];
  readonly beforeEach: Hook[] = [];
  readonly afterEach: Hook[] = [];

  constructor(name: string, options: Options, parent?: Suite) {
    this.name = name;
    this.options = options;
    this.parent = parent;
  }
}

/** Milliseconds for one test, unless it says otherwise. */
const defaultTimeoutMs = 60_000;
const root = new Suite("", {});
let current = root;

export function describe(name: string, first: Options | Hook, second?: Hook): void {
  const { options, body } = split(first, second);
  const suite = new Suite(name, options, current);
  current.items.push(suite);
  current = suite;
  body();
  current = suite.parent ?? root;
}

export function it(name: string, first: Options | Body, second?: Body): void {
  current.items.push({ name, ...split(first, second) });
}

export const test: typeof it = it;

export function before(hook: Hook): void {
  current.before.push(hook);
}

export function after(hook: Hook): void {
  current.after.push(hook);
}

export function beforeEach(hook: Hook): void {
  current.beforeEach.push(hook);
}

export function afterEach(hook: Hook): void {
  current.afterEach.push(hook);
}

function split<T>(first: Options | T, second?: T): { readonly options: Options; readonly body: T } {
  if (second !== undefined) return { options: first as Options, body: second };
  return { options: {}, body: first as T };
}

/**
 * Runs everything that was registered, in order.
 *
 * @param leaveOut beginnings of the full names of tests that are not run; they have no result
 */
export async function runTests(leaveOut: readonly string[] = []): Promise<readonly TestResult[]> {
  const results: TestResult[] = [];
  /** Rejections that nobody handled, as Node would fail the test for. */
  const stray: unknown[] = [];
  const target = globalThis as unknown as EventTarget;
  const onRejection = (event: Event): void => {
    stray.push("reason" in event ? event.reason : event);
    event.preventDefault();
  };
  target.addEventListener("unhandledrejection", onRejection);
  await runSuite(root, [], undefined);
  target.removeEventListener("unhandledrejection", onRejection);
  return results;

  async function runSuite(suite: Suite, path: readonly string[], skip: string | undefined): Promise<void> {
    const reason = skip ?? skipOf(suite.options);
    try {
      if (reason === undefined) for (const hook of suite.before) await hook();
      for (const item of suite.items) {
        if (item instanceof Suite) await runSuite(item, [...path, item.name], reason);
        else await runNamed(suite, item, [...path, item.name].join(" > "), reason);
      }
      if (reason === undefined) for (const hook of suite.after) await hook();
    } catch (error) {
      results.push({ name: [...path, "hook"].join(" > "), outcome: "failed", detail: show(error) });
    }
  }

  async function runNamed(suite: Suite, item: Test, name: string, skip: string | undefined): Promise<void> {
    if (leaveOut.some((beginning) => name.startsWith(beginning))) return;
    results.push({ name, ...(await runTest(suite, item, skip)) });
  }

  async function runTest(suite: Suite, item: Test, skip: string | undefined): Promise<Omit<TestResult, "name">> {
    const reason = skip ?? skipOf(item.options);
    if (reason !== undefined) return { outcome: "skipped", detail: reason };
    const context = new TestContext(item.name);
    const suites = lineage(suite);
    stray.length = 0;
    try {
      for (const { beforeEach: hooks } of suites) for (const hook of hooks) await hook();
      try {
        await withTimeout(item.body(context), item.options.timeout ?? defaultTimeoutMs);
      } finally {
        for (const hook of context.hooks) await hook();
        for (const { afterEach: hooks } of suites.toReversed()) for (const hook of hooks) await hook();
      }
      // Rejections are told only after the microtasks that made them.
      await new Promise((resolve) => setTimeout(resolve));
      if (stray.length > 0) throw stray[0];
    } catch (error) {
      return { outcome: "failed", detail: show(error) };
    }
    return context.skipReason === undefined
      ? { outcome: "passed" }
      : { outcome: "skipped", detail: context.skipReason };
  }
}

function lineage(suite: Suite): readonly Suite[] {
  return suite.parent === undefined ? [suite] : [...lineage(suite.parent), suite];
}

function skipOf({ skip }: Options): string | undefined {
  if (skip === undefined || skip === false) return undefined;
  return skip === true ? "no reason given" : skip;
}

async function withTimeout(work: unknown, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The test took longer than ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function show(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nCause: ${show(error.cause)}`;
  return `${error.name}: ${error.message}\n${error.stack}${cause}`;
}
