import { ScpConnectionError } from "@scpkit/core";
import { quoteText } from "@scpkit/core/engine";
import type { Authenticator } from "../auth/authenticator.ts";

/** Returns the error for a connection and key exchange that exceeded the time limit. */
export function timedOut(host: string, port: number): ScpConnectionError {
  return new ScpConnectionError(
    "timed-out",
    `${quoteText(host)} port ${port} did not finish the key exchange in time`,
    "Check the address, and whether a firewall drops the packets; allow more time for a slow server",
  );
}

/** Returns the error for a connection that ended before the login. */
export function cutOff(where: string, error: Error): ScpConnectionError {
  return new ScpConnectionError(
    "lost",
    `The connection to ${where} ended before the login: ${quoteText(error.message)}`,
    "Check that it is an SSH server and accepts this machine; if the server is busy, try again later",
    { cause: error },
  );
}

/** Returns the error for an expired password. ssh2 cannot change a password. */
export function passwordExpired(where: string): ScpConnectionError {
  return new ScpConnectionError(
    "authentication",
    `The password for ${where} has expired`,
    "Change the password by logging in with ssh, then try again",
  );
}

/** Returns the error for a login that failed with every method. */
export function loginFailed(
  authenticator: Authenticator,
  username: string,
  where: string,
  error: Error,
): ScpConnectionError {
  const { serverTakes = [], notTried } = authenticator;
  // "none" was sent to learn what the server accepts.
  const tried = authenticator.tried.filter((what, _, all) => what !== "none" || all.length === 1);
  const parts = [
    `tried ${tried.join("; ") || "nothing"}`,
    ...(notTried.length === 0 ? [] : [`not tried: ${notTried.join("; ")}`]),
    ...(serverTakes.length === 0 ? [] : [`the server accepts ${quoteText(serverTakes.join(", "))}`]),
  ];
  const reason = error.message.startsWith("All configured") ? "" : `: ${quoteText(error.message)}`;
  return new ScpConnectionError(
    "authentication",
    `Login as ${quoteText(username)} on ${where} failed${reason}; ${parts.join("; ")}`,
    hintFor(tried, notTried, error),
    { cause: error, authMethods: authenticator.serverTakes },
  );
}

/** Returns a hint about possible causes only: what was sent, or why nothing was sent. */
function hintFor(tried: readonly string[], notTried: readonly string[], error: Error): string {
  if (/too many authentication failures/i.test(error.message)) {
    return "Offer fewer keys: the server limits the attempts of a connection";
  }
  if (tried.every((what) => what === "none")) {
    return notTried.length === 0
      ? "No key or password was available: provide a private key, or an agent that holds one"
      : "Fix the problems with the keys and passwords that are listed above";
  }
  const checks = ["the user name"];
  if (tried.some((what) => what.startsWith("publickey"))) checks.push("that the account accepts one of these keys");
  if (tried.some((what) => !what.startsWith("publickey"))) checks.push("the password or the answers");
  return `Check ${checks.join(", and ")}`;
}
