/** How long to wait for `work` once the connection is open, in ms. */
const soonMs = 100;

/** Resolves to what `work` gives, or, a moment after `ready` has settled, to `otherwise`. */
export async function orSoonAfter<T>(ready: Promise<unknown>, work: Promise<T>, otherwise: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<T>((resolve) => {
    const wait = (): void => {
      timer = setTimeout(resolve, soonMs, otherwise);
    };
    ready.then(wait, wait);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
