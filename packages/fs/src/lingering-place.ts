import type { HeldPlace, Place } from "./place.ts";

/** Milliseconds that a directory stays open after its last use has begun. */
const lingerMs = 1000;

/**
 * Returns a place that stays held for a second after each use has begun, so that one file after another into a deep
 * directory does not open all directories above it again. It is released by a timer, which keeps no process alive.
 */
export function lingeringPlace(place: Place): Place {
  let spare: HeldPlace | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const letGo = (): void => {
    spare?.release();
    spare = undefined;
  };
  return {
    parent: place.parent,
    path: place.path,
    child: (name) => place.child(name),
    async hold() {
      const held = await place.hold();
      const next = await place.hold();
      clearTimeout(timer);
      letGo();
      spare = next;
      timer = setTimeout(letGo, lingerMs);
      timer.unref();
      return held;
    },
  };
}
