import type { Database } from '../lib/database.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Decision } from './decide-next.ts';
import type { FactsDeps } from './read-facts.ts';
import type { Swap } from './swap.ts';
import { eachAtOnce } from '../lib/each-at-once.ts';
import { addMs } from '../lib/time.ts';
import { decideNext, SWEEP_MS } from './decide-next.ts';
import { policyOf, readFacts, sayWhy } from './read-facts.ts';
import { postponeGlance, takeUnpaid } from './swap-store.ts';

export type GlanceDeps = FactsDeps & {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly look: (swapId: string) => Promise<unknown>;
};

/** Glances at once: few, each waits for chain and provider most of its time, and requests are answered meanwhile. */
const GLANCES_IN_PARALLEL = 4;
/**
 * One round takes at most this many open invoices. A round a second glances at each of 1,500 every 30 seconds; of more, less often: they would
 * otherwise take the whole server from those who pay. That one was paid is mostly known by a hint, which waits for no round.
 */
export const GLANCES_MAX = 50;

/**
 * Glances at open invoices that nobody was seen to pay, longest due first, and says at how many. Almost always nothing has happened: so no
 * lease is taken and nothing is written but when the next glance is due, for all of them at once and beforehand, so that a process that dies
 * leaves none without. Where something has happened a look follows, which takes the lease and reads everything again. One that fails is
 * logged, is due again like the others, and holds up none.
 */
export async function glanceAtUnpaid(deps: GlanceDeps): Promise<number> {
  const at = deps.now();
  const dueAt = addMs(at, SWEEP_MS);
  const taken = await takeUnpaid(deps, { at, dueAt, most: GLANCES_MAX });
  await eachAtOnce(taken, {
    atOnce: GLANCES_IN_PARALLEL,
    work: (unpaid) => glance(deps, unpaid.read(), dueAt),
    failed: ({ id: swapId }, error) => deps.log.error({ swapId, err: error }, 'a glance at a swap failed'),
  });
  return taken.length;
}

/** While the invoice can be paid, the chain alone is asked: what the provider has to say of it comes as a hint, and a provider limits how often it is asked. */
async function glance(deps: GlanceDeps, swap: Swap, dueAt: Date): Promise<void> {
  const mayAsk = 'offer' in swap && swap.offer !== null && deps.now() >= swap.offer.invoiceExpiresAt;
  const decision: Decision = decideNext(policyOf(deps), swap, await readFacts(deps, swap, { mayAsk }));
  if (decision.do !== 'look_again') {
    await deps.look(swap.id);
    return;
  }
  sayWhy(deps, swap, decision);
  if (decision.afterMs < SWEEP_MS) await postponeGlance(deps, swap.id, { from: dueAt, to: addMs(deps.now(), decision.afterMs) });
}
