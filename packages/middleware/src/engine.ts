/**
 * This is not a public API. It holds code that the packages of scpkit share, and may change in any release.
 *
 * @module
 */
export { evaluatePolicy, joinPath } from "./evaluate-policy.ts";
export { changeDirectory, changeFile } from "./intercept/wrap-entries.ts";
