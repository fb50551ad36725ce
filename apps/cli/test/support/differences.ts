/**
 * Lists the differences from OpenSSH that the differential test allows. Each begins as its item in `docs/cli/differences.md`
 * does.
 */
export const differences: Readonly<Record<DifferenceName, string>> = {
  "quoted-names":
    "A download of `h:'sp ace'` accepts the name that the remote shell makes of it. scp needs `-T` for that.",
  "trailing-slash": "A download of `h:file/` without `-r` is accepted, as an upload to it is. scp needs `-T` for it.",
  "dot-source": "`-r .`, `-r dir/.` and `-r ..` are sent under the name of the directory.",
  "name-words": "The error about a name that was not requested, or that is never accepted, shows the name and a hint.",
  "relay-errors": "Errors between two remote hosts are reported. scp ends with status 1 and prints nothing.",
  "lost-source":
    "The exit status is 1 if any connection failed. scp ends with status 0 if the last connection succeeded.",
  "connection-words": "Connection errors use scpkit's own messages and add a hint.",
  banner: "A login banner that starts with `E` (`Error: …` of a login script) is reported as an error.",
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
