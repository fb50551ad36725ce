/** Where a value was written. */
export interface SettingOrigin {
  /** `"command-line"` for an override. */
  readonly file: string;
  /** From 1; 0 for an override. */
  readonly line: number;
}

/** What a keyword was set to. */
export interface Setting {
  readonly values: readonly string[];
  /** Of the first value. */
  readonly origin: SettingOrigin;
}

/** Everything that was set so far. The first value of a keyword wins; the values of a few keywords add up. */
export class Settings {
  readonly #entries = new Map<string, Setting>();

  get(keyword: string): Setting | undefined {
    return this.#entries.get(keyword);
  }

  /** The first value of `keyword`. */
  value(keyword: string): string | undefined {
    return this.#entries.get(keyword)?.values[0];
  }

  /** Sets `keyword` unless it is set. */
  setOnce(keyword: string, values: readonly string[], origin: SettingOrigin): void {
    if (!this.#entries.has(keyword)) this.#entries.set(keyword, { values, origin });
  }

  /** Adds to the end of `keyword`, also what it has: for values whose order counts. */
  append(keyword: string, values: readonly string[], origin: SettingOrigin): void {
    const entry = this.#entries.get(keyword);
    this.#entries.set(keyword, { values: [...(entry?.values ?? []), ...values], origin: entry?.origin ?? origin });
  }

  /** Sets those values of `keyword` whose positions are not set yet. */
  fill(keyword: string, values: readonly string[], origin: SettingOrigin): void {
    const entry = this.#entries.get(keyword);
    const before = entry?.values ?? [];
    const all = [...before, ...values.slice(before.length)];
    this.#entries.set(keyword, { values: all, origin: entry?.origin ?? origin });
  }

  /** Sets `keyword` whether or not it is set. */
  replace(keyword: string, values: readonly string[], origin: SettingOrigin): void {
    this.#entries.set(keyword, { values, origin });
  }

  /** Adds to `keyword` what it does not have yet. */
  add(keyword: string, values: readonly string[], origin: SettingOrigin): void {
    const entry = this.#entries.get(keyword);
    const before = entry?.values ?? [];
    const fresh = values.filter((value, index) => !before.includes(value) && values.indexOf(value) === index);
    this.#entries.set(keyword, { values: [...before, ...fresh], origin: entry?.origin ?? origin });
  }

  /** Every keyword with its values, in the order they were first set. */
  toMap(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#entries].map(([keyword, { values }]) => [keyword, values]));
  }
}
