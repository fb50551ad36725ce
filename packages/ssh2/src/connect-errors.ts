import { quoteText, ScpConnectionError } from "@scpkit/channel";
import type { Authenticator } from "./authenticator.ts";

/** The time limit of the whole attempt passed. */
export function timedOut(host: string, port: number): ScpConnectionError {
  return new ScpConnectionError(
    "timed-out",
    `${quoteText(host)} port ${port} did not get as far as a session in time`,
    "Check the address, and whether a firewall drops the packets; a slow server needs a longer readyTimeoutMs",
  );
}

/** The connection ended before the login. */
export function cutOff(where: string, error: Error): ScpConnectionError {
  return new ScpConnectionError(
    "lost",
    `The connection to ${where} ended before the login: ${quoteText(error.message)}`,
    "Check that it is an SSH server and lets this machine in; a busy one may take a later attempt",
    { cause: error },
  );
}

/** The server asks for a new password, which ssh2 cannot give. */
export function passwordExpired(where: string): ScpConnectionError {
  return new ScpConnectionError(
    "authentication",
    `${where} wants a new password before it lets anybody in`,
    "Change the password by logging in with ssh, then try again",
  );
}

/** Nothing that was tried let this user in. */
export function loginFailed(
  authenticator: Authenticator,
  username: string,
  where: string,
  error: Error,
): ScpConnectionError {
  const { serverTakes } = authenticator;
  // It was asked for to learn what the server takes.
  const tried = authenticator.tried.filter((what, _, all) => what !== "none" || all.length === 1);
  const takes =
    serverTakes === undefined || serverTakes.length === 0
      ? ""
      : `; the server takes ${quoteText(serverTakes.join(", "))}`;
  const reason = error.message.startsWith("All configured") ? "" : `: ${quoteText(error.message)}`;
  return new ScpConnectionError(
    "authentication",
    `Login as ${quoteText(username)} on ${where} failed${reason}; tried ${tried.join("; ") || "nothing"}${takes}`,
    tried.every((what) => what === "none")
      ? "There was no key and no password to log in with: name a private key, or an agent that has one"
      : "Check the user name, and that one of these keys is in the server's authorized_keys or the password is right",
    { cause: error },
  );
}
