import type { Tx, Write } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { LiquidNetwork } from '../liquid/network.ts';
import type { ApplyDeps } from './apply-swap-event.ts';
import type { HintPlaces } from './hint-places.ts';
import type { LightningRequest, OpenedInvoice } from './lightning.ts';
import type { Provider, ProviderRefusal } from './provider-client.ts';
import type { ProviderEntry, Providers } from './providers.ts';
import type { ProviderTerms } from './provider-terms.ts';
import type { Signer } from './signer.ts';
import type { Swap, SwapOffer } from './swap.ts';
import type { ReserveDeps } from './reserve-swap.ts';
import type { Lease } from './swap-store.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { applySwapEvent, LEASE_MS } from './apply-swap-event.ts';
import { askedSwap, openedOf } from './asked-swap.ts';
import { askProvider } from './ask-provider.ts';
import { REFUSED_OUTRIGHT } from './key-index-store.ts';
import { PROVIDER_UNAVAILABLE } from './lightning.ts';
import { isAboutWebhook, requestOnWire, WEBHOOK_REFUSED } from './provider-hint.ts';
import { isOf, nextTry, reserveSwap, UNANSWERED_LOOK_MS } from './reserve-swap.ts';
import { findSwap, isProviderSwapIdTaken, releaseLease, swapsOfSubject, takeLease } from './swap-store.ts';
import { verifySwap } from './verify-swap.ts';

export type OpenDeps = ApplyDeps & {
  readonly random: Random;
  readonly network: LiquidNetwork;
  readonly signer: Signer;
  /** Of the chain, a moment old at most; null: no source answers. */
  readonly tipHeight: () => Promise<number | null>;
  readonly providers: Providers;
  readonly hints: HintPlaces;
  readonly recoveryRecord: ReserveDeps['recoveryRecord'];
  /** A swap is open: hear of it from now on. */
  readonly listen: (provider: string, providerSwapId: string) => void;
};

export type InCommit = (tx: Tx, opened: OpenedInvoice) => Promise<void>;
export type WritesInCommit = () => readonly Write[];

/** One more try when the fees change between reading and asking. */
const PAIR_CHANGES_MAX = 1;
/** And one more without our address for hints, where the provider did not take it. */
const WEBHOOK_REFUSALS_MAX = 1;

/**
 * Opens an invoice: key and hash stored, then the provider asked, then its answer verified, then stored with the caller's own rows in one
 * commit. Resumes what a crash or a lost answer left; a second call after that commit answers the same invoice.
 */
export async function openSwap(
  deps: OpenDeps,
  request: LightningRequest,
  inCommit: InCommit,
  writes?: WritesInCommit,
): Promise<Result<OpenedInvoice, Refusal>> {
  const known = request.isFresh ? [] : await swapsOfSubject(deps, request.subjectId);
  const earlier = known.filter((swap) => isOf(request, swap));
  const shown = earlier.find((swap) => 'offer' in swap);
  if (shown && 'offer' in shown) return ok(openedOf(shown, shown.offer));
  const tip = await deps.tipHeight();
  if (tip === null) return unavailable(deps, request, 'no chain source answers');
  const job: Job = { request, inCommit, ...(writes && { writes }), tip, tries: nextTry(earlier), unanswered: null };
  const unfinished = earlier.find((swap) => swap.status === 'reserved' || swap.status === 'requested');
  if (unfinished) {
    const resumed = await resume(deps, job, unfinished);
    if (resumed) return resumed;
  }
  for (const entry of await deps.providers.inOrderToOpen()) {
    if (entry.provider.name === job.unanswered) continue;
    const opened = await tryProvider(deps, job, entry);
    if (opened) return ok(opened);
  }
  return refuse(PROVIDER_UNAVAILABLE);
}

type Job = {
  readonly request: LightningRequest;
  readonly inCommit: InCommit;
  readonly writes?: WritesInCommit;
  readonly tip: number;
  tries: number;
  /** A provider that was just asked again and still owes its answer: no second hash is sent to it. */
  unanswered: string | null;
};

/** An unfinished swap of the same attempt: the same hash is asked for again, byte for byte. Null: go on without it. */
async function resume(deps: OpenDeps, job: Job, { id, provider }: Swap): Promise<Result<OpenedInvoice, Refusal> | null> {
  const at = deps.now();
  const lease = await takeLease(deps, id, { at, until: addMs(at, LEASE_MS) });
  const swap = lease && (await findSwap(deps, id)); // read again: it may have moved before the lease was ours
  if (!lease || !swap) return unavailable(deps, job.request, 'another worker is opening this swap');
  if (swap.status !== 'reserved' && swap.status !== 'requested') {
    await releaseLease(deps, lease, at);
    return 'offer' in swap ? ok(openedOf(swap, swap.offer)) : null;
  }
  const entry = deps.providers.entryOf(provider);
  if (!entry || swap.invoiceSats !== job.request.amountSats) {
    await applySwapEvent(deps, { lease, event: { kind: 'rejected', reason: entry ? 'amount_changed' : 'provider_gone' } });
    await releaseLease(deps, lease, null);
    return null;
  }
  job.unanswered = provider;
  const terms = await entry.terms.read();
  if (!terms.ok) {
    await releaseLease(deps, lease, addMs(at, UNANSWERED_LOOK_MS));
    return null;
  }
  const outcome = await finish(deps, job, { swap, lease, entry, terms: terms.value });
  if (outcome.over) job.unanswered = null;
  return outcome.opened ? ok(outcome.opened) : null;
}

/** Null: this provider cannot, the next one may. */
async function tryProvider(deps: OpenDeps, job: Job, entry: ProviderEntry): Promise<OpenedInvoice | null> {
  for (let again = 0; again <= PAIR_CHANGES_MAX + WEBHOOK_REFUSALS_MAX; again++) {
    const terms = await entry.terms.read();
    if (!terms.ok) {
      await deps.providers.note(entry.provider.name, terms.error.reason);
      return null;
    }
    const { minimal, maximal } = terms.value.pair.limits;
    if (job.request.amountSats < BigInt(minimal) || job.request.amountSats > BigInt(maximal)) return null;
    const provider = entry.provider.name;
    const place = { provider, terms: terms.value, tries: job.tries++, hintsAt: deps.hints.at(provider) };
    const { swap, lease } = await reserveSwap(deps, job.request, place);
    const outcome = await finish(deps, job, { swap, lease, entry, terms: terms.value });
    if (outcome.opened) return outcome.opened;
    if (outcome.reason === PAIR_CHANGED) entry.terms.forget();
    else if (place.hintsAt === null || !outcome.over || outcome.reason !== WEBHOOK_REFUSED) return null;
  }
  return null;
}

/** The provider's words for a pair hash that is not current any more. */
const PAIR_CHANGED = 'invalid pair hash';

type At = { readonly entry: ProviderEntry; readonly terms: ProviderTerms };
type Ongoing = At & { readonly swap: Swap; readonly lease: Lease };

/** `over`: the swap is rejected, so that the same provider may be asked afresh. */
type Outcome =
  | { readonly opened: OpenedInvoice; readonly over?: never }
  | { readonly opened: null; readonly reason: string; readonly over: boolean };

/** Asks (or asks again), verifies, stores. Whatever it cannot finish it leaves rejected, or requested when the provider may have acted. */
async function finish(deps: OpenDeps, job: Job, ongoing: Ongoing): Promise<Outcome> {
  const { lease, entry } = ongoing;
  let nextLookAt: Date | null = addMs(deps.now(), UNANSWERED_LOOK_MS);
  let isGivenBack = false;
  try {
    const swap = await markRequested(deps, ongoing);
    const answer = await askFor(deps, entry.provider, swap);
    if (!answer.ok) {
      if (answer.error.reason === WEBHOOK_REFUSED && answer.error.kind === 'refused') deps.hints.refusedBy(entry.provider.name);
      else await deps.providers.note(entry.provider.name, answer.error.reason);
      const failure = answer.error.kind === 'refused' ? REFUSED_OUTRIGHT : 'hash_taken';
      if (answer.error.kind !== 'no_answer') nextLookAt = await reject(deps, lease, `${failure}: ${answer.error.reason}`);
      return { opened: null, reason: answer.error.reason, over: answer.error.kind !== 'no_answer' };
    }
    const { network } = deps;
    const around = { network, request: job.request, terms: ongoing.terms, tipHeight: job.tip, at: deps.now() };
    const refused = async (reason: string): Promise<Outcome> => {
      await deps.providers.note(entry.provider.name, `answer refused: ${reason}`);
      nextLookAt = await reject(deps, lease, `verification: ${reason}`);
      return { opened: null, reason, over: true };
    };
    const offer = verifySwap(askedSwap(swap, around), answer.value);
    if (!offer.ok) return await refused(offer.error);
    const opened = await keepOffer(deps, job, { swap, lease, offer: offer.value });
    if (!opened) return await refused('swap_id_of_another');
    isGivenBack = true;
    deps.listen(entry.provider.name, offer.value.providerSwapId);
    await deps.providers.note(entry.provider.name, null);
    return { opened };
  } finally {
    if (!isGivenBack) await releaseLease(deps, lease, nextLookAt);
  }
}

/** It is stored as asked for from its beginning, since this is the next thing that happens. Those of before were marked by a step of their own. */
async function markRequested(deps: OpenDeps, { swap, lease }: Ongoing): Promise<Swap> {
  return swap.status === 'reserved' ? applySwapEvent(deps, { lease, known: swap, event: { kind: 'request_sent' } }) : swap;
}

/** What a provider says about our address for hints is not repeated: it may hold the token. */
async function askFor(deps: OpenDeps, provider: Provider, swap: Swap): Promise<Result<unknown, ProviderRefusal>> {
  const answer = await askProvider(provider, requestOnWire(deps.sealer, swap));
  return answer.ok || !isAboutWebhook(answer.error.reason) ? answer : refuse({ ...answer.error, reason: WEBHOOK_REFUSED });
}

/**
 * The verified answer with the caller's own rows, in one commit that also gives the lease back. Null: the provider has given this id to another
 * swap of ours. A unique column says so, in any race, and takes the commit back.
 */
async function keepOffer(
  deps: OpenDeps,
  { request, inCommit, writes }: Job,
  { swap, lease, offer }: { swap: Swap; lease: Lease; offer: SwapOffer },
): Promise<OpenedInvoice | null> {
  const opened = openedOf(swap, offer);
  const within = (tx: Tx) => inCommit(tx, opened);
  const event = { kind: 'answer_verified', offer } as const;
  const restUntil = addMs(deps.now(), FIRST_LOOK_MS);
  try {
    const together = writes ? { writes: writes() } : {};
    await applySwapEvent(deps, { lease, known: swap, event, within, ...together, turn: request.accountId, restUntil });
    return opened;
  } catch (error) {
    if (isProviderSwapIdTaken(error)) return null;
    throw error;
  }
}

/** A payer needs a few seconds; the socket is faster than any sweep. */
const FIRST_LOOK_MS = 10 * SECOND_MS;

/** Never shown, never looked at again. */
async function reject(deps: OpenDeps, lease: Lease, reason: string): Promise<null> {
  await applySwapEvent(deps, { lease, event: { kind: 'rejected', reason } });
  return null;
}

function unavailable(deps: OpenDeps, { subjectId }: LightningRequest, reason: string): Result<never, Refusal> {
  deps.log.warn({ subjectId, reason }, 'an invoice could not be opened');
  return refuse(PROVIDER_UNAVAILABLE);
}
