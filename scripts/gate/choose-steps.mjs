// Chooses which steps a run of the gate includes.

/** The sets of steps, each of which includes those before it. */
export const stepSets = /** @type {const} */ (["always", "quick", "default", "all"]);

/**
 * Chooses the steps of a run, in their order.
 * @template {{ name: string, when: typeof stepSets[number] }} S
 * @param {readonly S[]} steps
 * @param {{ only?: readonly string[], quick?: boolean, ci?: boolean }} options `only` names single steps. It overrides
 *   `quick`, which overrides `ci`. Without any of them the set is `default`.
 * @returns {S[]}
 * @throws {Error} if `only` names a step that does not exist
 */
export function chooseSteps(steps, { only = [], quick = false, ci = false }) {
  const unknown = only.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) throw new Error(`No such step: ${unknown.join(", ")}; see npm test -- --list`);
  if (only.length > 0) return steps.filter(({ name, when }) => when === "always" || only.includes(name));
  const set = stepSets.indexOf(quick ? "quick" : ci ? "all" : "default");
  return steps.filter(({ when }) => stepSets.indexOf(when) <= set);
}
