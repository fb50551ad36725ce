import { fileURLToPath } from "node:url";
import { type FixtureRecipe, randomFile, smallFiles, sourceTree, sparseFile } from "./environment/fixtures.ts";

/** Something to copy, and the conditions. */
export interface BenchCase {
  readonly name: string;
  /** A title for display: what is copied. */
  readonly title: string;
  readonly recipe: FixtureRecipe;
  /** Whether modes and times are preserved (`-p`). */
  readonly preserve: boolean;
  /** The round trips at which it is run, in milliseconds. */
  readonly delaysMs: readonly number[];
  /** The round trips at which it is run once more with the same cipher for all peers. */
  readonly equalCipherDelaysMs: readonly number[];
  /** The peers that run if none are named; if absent, all. */
  readonly peers?: readonly string[];
}

/**
 * The cipher of runs with the same cipher for all peers. Every peer supports it, and it is the fastest in both OpenSSH
 * and ssh2.
 */
export const equalCipher = "aes128-gcm@openssh.com";

const mebi = 1024 * 1024;
const repository = fileURLToPath(new URL("../..", import.meta.url));
const everyDelay = [0, 20, 50, 100];

/** All cases, in the order in which they are run. */
export const benchCases: readonly BenchCase[] = [
  {
    name: "small-200",
    title: "200 files of 1 KiB in 4 directories, -r -p",
    recipe: smallFiles(200, 4),
    preserve: true,
    delaysMs: everyDelay,
    equalCipherDelaysMs: [],
  },
  {
    name: "small-2000",
    title: "2,000 files of 1 KiB in 20 directories, -r",
    recipe: smallFiles(2000, 20),
    preserve: false,
    delaysMs: everyDelay,
    equalCipherDelaysMs: [],
  },
  {
    name: "big",
    title: "One file of 1 GiB",
    recipe: randomFile(1024 * mebi),
    preserve: false,
    delaysMs: everyDelay,
    equalCipherDelaysMs: [0, 50],
  },
  {
    name: "tree",
    title: "This repository with node_modules, -r -p",
    recipe: sourceTree(repository, 10_000),
    preserve: true,
    delaysMs: everyDelay,
    equalCipherDelaysMs: [],
  },
  {
    name: "memory-64m",
    title: "One file of 64 MiB, for its memory",
    recipe: sparseFile(64 * mebi),
    preserve: false,
    delaysMs: [0],
    equalCipherDelaysMs: [],
    peers: ["scpkit"],
  },
  {
    name: "memory-4g",
    title: "One file of 4 GiB, for its memory",
    recipe: sparseFile(4096 * mebi),
    preserve: false,
    delaysMs: [0],
    equalCipherDelaysMs: [],
    peers: ["scpkit"],
  },
];

/** The cases of `--quick`: the same kinds of copies with less data. */
export const quickCases: readonly BenchCase[] = [
  {
    name: "small-200",
    title: "200 files of 1 KiB in 4 directories, -r -p",
    recipe: smallFiles(200, 4),
    preserve: true,
    delaysMs: [0],
    equalCipherDelaysMs: [],
  },
  {
    name: "small-40",
    title: "40 files of 1 KiB in 4 directories, -r -p",
    recipe: smallFiles(40, 4),
    preserve: true,
    delaysMs: [20],
    equalCipherDelaysMs: [],
  },
  {
    name: "big-64",
    title: "One file of 64 MiB",
    recipe: randomFile(64 * mebi),
    preserve: false,
    delaysMs: [0, 50],
    equalCipherDelaysMs: [],
  },
];
