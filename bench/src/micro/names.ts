/** The measurements inside one process. */
export const microNames = ["codec-headers", "codec-body", "border", "layer-down", "layer-up"] as const;

export type MicroName = (typeof microNames)[number];
