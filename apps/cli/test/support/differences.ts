/** Every way in which the differential test lets scpkit differ from OpenSSH. `docs/differences.md` begins each with the same words. */
export const differences: Readonly<Record<DifferenceName, string>> = {
  "quoted-names":
    "A download of `h:'sp ace'` accepts the name that the remote shell makes of it; scp wants `-T` for that.",
  "trailing-slash": "A download of `h:file/` without `-r` is fine, as its upload is; scp wants `-T` for it.",
  "dot-source":
    "`-r .`, `-r dir/.` and `-r ..` are sent under the directory's own name; scp sends a dot, which every sink refuses.",
  "name-words":
    "A name that was not asked for, or that no client takes, is told with the name and a hint; scp says less.",
  "relay-errors": "What goes wrong between two remote hosts is told; scp ends with status 1 and says nothing.",
  "lost-source": "The exit status is 1 when any connection failed; scp ends with 0 when the last one went well.",
  "connection-words":
    "scpkit's own connection words its failures itself, with a hint; ssh's words, and `lost connection`, are gone. `-S ssh` has them.",
  banner:
    "A server that prints a line that begins with `E` instead of speaking SCP (`Error: …` of a login script) is an error;",
};

/** A name in the list of differences. */
export type DifferenceName =
  | "trailing-slash"
  | "dot-source"
  | "name-words"
  | "quoted-names"
  | "relay-errors"
  | "lost-source"
  | "connection-words"
  | "banner";
