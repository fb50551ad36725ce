/** Every way in which the differential test lets scpkit differ from OpenSSH. `docs/differences.md` has the same list. */
export const differences: Readonly<Record<DifferenceName, string>> = {
  setuid: "Setuid, setgid and sticky bits are not set without `-p`. OpenSSH before 10.3 sets them for root (CVE-2026-35385).",
  "quoted-names":
    "A download of `h:'sp ace'` accepts the name that the remote shell makes of it; scp wants `-T` for that.",
  "relay-errors": "What goes wrong between two remote hosts is told; scp ends with status 1 and says nothing.",
  "lost-source": "The exit status is 1 when any connection failed; scp ends with 0 when the last one went well.",
  "connection-words":
    "scpkit's own connection words its failures itself, with a hint; ssh's words, and `lost connection`, are gone. `-S ssh` has them.",
};

/** A name in the list of differences. */
export type DifferenceName = "setuid" | "quoted-names" | "relay-errors" | "lost-source" | "connection-words";
