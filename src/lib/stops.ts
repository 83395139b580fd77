/** How to stop what was started, in the order in which it was started. */
export type Stops = (() => Promise<void>)[];

/** Stops everything, the last first. Called again it has nothing left to do. */
export async function stopAll(stops: Stops): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

/** Keeps a turn among `stops` for a part that starts beside others: the order of stopping must not depend on which of them was faster. */
export function turnIn(stops: Stops): Stops {
  const own: Stops = [];
  stops.push(() => stopAll(own));
  return own;
}

/**
 * Waits for parts that start side by side. The first fault ends the signal, on which a part may be waiting for somebody who never comes.
 * @throws that fault, once every part has settled: until then one of them may still say how it is stopped.
 */
export async function together<Parts extends readonly Promise<unknown>[] | []>(
  start: (signal: AbortSignal) => Parts,
  stopping?: AbortSignal,
): Promise<{ -readonly [Part in keyof Parts]: Awaited<Parts[Part]> }> {
  const broken = new AbortController();
  const parts = start(stopping ? AbortSignal.any([stopping, broken.signal]) : broken.signal);
  for (const part of parts) part.catch((fault: unknown) => broken.abort(fault));
  await Promise.allSettled(parts);
  if (broken.signal.aborted) throw broken.signal.reason;
  return Promise.all(parts);
}
