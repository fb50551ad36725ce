/** The location of a value. */
export interface SettingOrigin {
  /** `"command-line"` for an override. */
  readonly file: string;
  /** Line number from 1; 0 for an override. */
  readonly line: number;
}

/** The values of a keyword. */
export interface Setting {
  readonly values: readonly string[];
  /** The location of the first value. */
  readonly origin: SettingOrigin;
}

/** The settings read so far. The first value of a keyword takes precedence; the values of a few keywords accumulate. */
export class Settings {
  readonly #entries = new Map<string, Setting>();

  get(keyword: string): Setting | undefined {
    return this.#entries.get(keyword);
  }

  /** Returns the first value of `keyword`. */
  value(keyword: string): string | undefined {
    return this.#entries.get(keyword)?.values[0];
  }

  /** Sets `keyword` unless it is set. */
  setOnce(keyword: string, values: readonly string[], origin: SettingOrigin): void {
    if (!this.#entries.has(keyword)) this.#entries.set(keyword, { values, origin });
  }

  /** Appends to `keyword`, including duplicates, for values whose order matters. */
  append(keyword: string, values: readonly string[], origin: SettingOrigin): void {
    const entry = this.#entries.get(keyword);
    this.#entries.set(keyword, { values: [...(entry?.values ?? []), ...values], origin: entry?.origin ?? origin });
  }

  /** Sets the values of `keyword` whose positions are not set yet. */
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

  /** Adds values to `keyword` that it does not contain yet. */
  add(keyword: string, values: readonly string[], origin: SettingOrigin): void {
    const entry = this.#entries.get(keyword);
    const before = entry?.values ?? [];
    const fresh = values.filter((value, index) => !before.includes(value) && values.indexOf(value) === index);
    this.#entries.set(keyword, { values: [...before, ...fresh], origin: entry?.origin ?? origin });
  }

  /** Returns every keyword with its values, in the order in which they were first set. */
  toMap(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#entries].map(([keyword, { values }]) => [keyword, values]));
  }
}
