/** Everything one run of the benchmark found out; the shape of `results/*.json`. */
export interface BenchResults {
  /** Changes when the shape does. */
  readonly schema: 1;
  /** ISO 8601. */
  readonly date: string;
  readonly quick: boolean;
  readonly machine: MachineInfo;
  /** Program or package to version. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the server's shell is like, and the round trip found for every delay asked for. */
  readonly server: ServerInfo;
  readonly absentPeers: readonly { readonly name: string; readonly reason: string }[];
  readonly scenarios: readonly ScenarioResult[];
  readonly micro: readonly MicroResult[];
}

/** The machine, as far as it bears on times. */
export interface MachineInfo {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** Load average over one minute when the benchmark began: what else was running. */
  readonly loadAverage: number;
}

export interface ServerInfo {
  readonly shell: string;
  /** Milliseconds of `ssh host true` without delay. */
  readonly trivialCommandMs: number;
  /** Delay asked for to median round trip measured through the proxy, in milliseconds. */
  readonly roundTripsMs: Readonly<Record<string, number>>;
}

/** One case in one direction at one distance. */
export interface ScenarioResult {
  readonly case: string;
  readonly title: string;
  readonly direction: "up" | "down";
  readonly delayMs: number;
  /** `default` or `equal`. */
  readonly cipher: "default" | "equal";
  readonly files: number;
  readonly bytes: number;
  readonly peers: readonly PeerResult[];
}

/** What one peer took in one scenario. */
export interface PeerResult {
  readonly peer: string;
  /** Wall time of every run, in the order of the rounds. Empty when none came to its end. */
  readonly seconds: readonly number[];
  /** Of `seconds`. */
  readonly medianSeconds?: number | undefined;
  /** Median over the runs; the peer's own side only. */
  readonly cpuSeconds?: number | undefined;
  /** Median over the runs, of the largest single process. */
  readonly peakRssKiB?: number | undefined;
  /** It took longer than this many seconds and was stopped, here or already at a shorter delay. */
  readonly overSeconds?: number | undefined;
  /** Why there are no times, or fewer than rounds. */
  readonly note?: string | undefined;
  /** A run ended with an error, or its copy is wrong; `note` says how. */
  readonly failed?: true | undefined;
}

/** A measurement inside one process. */
export interface MicroResult {
  readonly name: string;
  readonly title: string;
  /** Of `values`; more is better. */
  readonly unit: string;
  readonly variants: readonly MicroVariant[];
  /** Medians of `variants[0]` over those of the others, by their names. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Why there is nothing. */
  readonly note?: string | undefined;
}

export interface MicroVariant {
  readonly name: string;
  readonly values: readonly number[];
  readonly median: number;
}
