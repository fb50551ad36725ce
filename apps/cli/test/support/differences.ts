/** The differences from OpenSSH that the differential test allows, by their names in `docs/cli/differences.md`. */
export const differences = [
  "trailing-slash",
  "dot-source",
  "name-words",
  "quoted-names",
  "relay-errors",
  "lost-source",
  "connection-words",
  "banner",
] as const;

/** A name in the list of differences. */
export type DifferenceName = (typeof differences)[number];
