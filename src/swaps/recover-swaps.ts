import type { Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Result } from '../lib/result.ts';
import type { AdoptDeps } from './adopt-claim.ts';
import type { Restorable, RestorableDeps } from './find-restorable.ts';
import type { LockupFate } from './lockup-fate.ts';
import type { ChainDeps } from './read-chain.ts';
import type { Reconciled } from './reconcile-swap.ts';
import type { RecoveryRecord } from './recovery-record.ts';
import type { Swap, SwapIn, SwapOffer } from './swap.ts';
import { recordAudit } from '../events/audit-store.ts';
import { toHex } from '../lib/bytes.ts';
import { sats } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { adoptClaim } from './adopt-claim.ts';
import { applySwapEvent, LEASE_MS } from './apply-swap-event.ts';
import { termsOf } from './claim-record.ts';
import { findRestorable } from './find-restorable.ts';
import { keyEras, openKeyEra } from './key-index-store.ts';
import { isRefund, lockupFate } from './lockup-fate.ts';
import { readChain, readContents } from './read-chain.ts';
import { findByPreimageHash, insertRebuiltSwap, unfinishedSwaps } from './recovery-store.ts';
import { xpubFingerprint } from './swap-keys.ts';
import { findSwap, releaseLease, takeLease } from './swap-store.ts';
import { verifyRestored } from './verify-swap.ts';

export type RecoverDeps = RestorableDeps &
  AdoptDeps &
  ChainDeps & {
    readonly random: Random;
    readonly reconcile: (swapId: string) => Promise<Reconciled | null>;
    /** Whoever is paid has an account and a wallet again, as the record says. Repeat-safe. The refusal is the reason why not. */
    readonly rebuildMerchant: (record: RecoveryRecord) => Promise<Result<null, string>>;
    /** What was paid for is on record again; answers as what. In the commit that puts the swap back. */
    readonly rebuildSubject: (tx: Tx, record: RecoveryRecord) => Promise<Pick<RecoveryRecord, 'subject' | 'subjectId'>>;
  };

/**
 * What is (or, in a dry run, would be) of one swap. `claimed`: our claim is on the chain. `refundable`: nothing of ours is locked, so the payer
 * keeps or gets back the money. `waiting`: it can still be paid, or its lockup needs a block: a running server goes on with it.
 */
export const RECOVERY_OUTCOMES = ['claimed', 'claimable', 'waiting', 'refundable', 'unresolved'] as const;
export type RecoveryOutcome = (typeof RECOVERY_OUTCOMES)[number];

export type RecoveredSwap = Readonly<{
  outcome: RecoveryOutcome;
  provider: string;
  providerSwapId: string | null;
  key: Swap['key'];
  /** Null: not on record, and without a record that opens. */
  swapId: string | null;
  accountId: string | null;
  subjectId: string | null;
  invoiceSats: bigint | null;
  /** Our records had lost it. */
  lost: boolean;
  reason: string;
}>;

export type Recovery = Readonly<{
  swaps: readonly RecoveredSwap[];
  silent: readonly string[];
  /** The era of keys to come, where it moved (or would). */
  newEra: number | null;
}>;

/**
 * Rebuilds every swap that can still bring money from seed and providers, beside whatever records are left, and brings it to its end.
 * Repeat-safe: what is done is found done. Keys to come are taken from an era that no provider has seen. A dry run (`act: false`) reads only.
 */
export async function recoverSwaps(deps: RecoverDeps, { act }: { act: boolean }): Promise<Recovery> {
  const eras = await keyEras(deps);
  const current = eras.at(-1) ?? null;
  const { swaps: found, highest, silent } = await findRestorable(deps, current?.era ?? 0);
  const newEra = eraToOpen(current, highest);
  if (act && newEra !== null) {
    await deps.database.transact((tx) => openKeyEra(tx, newEra, xpubFingerprint(deps.seed, newEra))); // before anything else: a server may start
  }
  const swaps: RecoveredSwap[] = [];
  const seen = new Set<string>();
  for (const restorable of byTimeout(found)) {
    const hash = toHex(restorable.preimageHash);
    if (seen.has(hash)) continue;
    seen.add(hash);
    swaps.push(await recoverOne(deps, act, { restorable, swap: await findByPreimageHash(deps, restorable.preimageHash) }));
  }
  for (const swap of await unfinishedSwaps(deps)) {
    if (!seen.has(toHex(swap.preimageHash))) swaps.push(await recoverOne(deps, act, { restorable: null, swap }));
  }
  if (act) await leaveTrace(deps, { swaps, newEra });
  return { swaps, silent, newEra };
}

/** Null: the era in use is above all that a provider has seen, or its counter is. */
function eraToOpen(current: { era: number; nextIndex: number } | null, highest: ReadonlyMap<number, number>): number | null {
  const seenEra = Math.max(0, ...highest.keys());
  if (seenEra === 0) return null;
  if (current && current.era > seenEra) return null;
  if (current?.era === seenEra && current.nextIndex > (highest.get(seenEra) ?? -1)) return null;
  return Math.max(seenEra, current?.era ?? 0) + 1;
}

/** Nearest end first: the provider may take a lockup back there. */
function byTimeout(found: readonly Restorable[]): readonly Restorable[] {
  return [...found].sort((left, right) => left.answer.timeoutBlockHeight - right.answer.timeoutBlockHeight);
}

type One = { readonly restorable: Restorable | null; readonly swap: Swap | null };

/** A fault of one must not keep the others from their money: it is said, and the next run tries again. */
async function recoverOne(deps: RecoverDeps, act: boolean, one: One): Promise<RecoveredSwap> {
  try {
    return await bringHome(deps, act, one);
  } catch (error) {
    deps.log.error({ err: error, swapId: one.swap?.id ?? one.restorable?.record?.swapId }, 'a swap could not be recovered');
    return report(one, 'unresolved', error instanceof Error ? error.message : String(error));
  }
}

async function bringHome(deps: RecoverDeps, act: boolean, one: One): Promise<RecoveredSwap> {
  const offer = offerOf(deps, one);
  if (!offer.ok) return report(one, offer.error === 'never_answered' ? 'refundable' : 'unresolved', offer.error);
  const chain = await readChain(deps, offer.value);
  if (!chain) return report(one, 'unresolved', 'no_chain_source');
  const fate = await fateOf(deps, one, { offer: offer.value, fate: lockupFate(deps.network, offer.value, chain) });
  const known = one.swap?.status;
  if (known === 'claim_buried') return report(one, 'claimed', 'on record');
  if (fate.fate === 'refunded')
    return act && one.swap ? look(deps, one, one.swap.id) : report(one, 'refundable', 'taken back by the provider');
  const isClosed = known === 'expired' || known === 'refunded' || known === 'rejected';
  if (isClosed) return report(one, 'refundable', `${known} on record`);
  if (fate.fate === 'none' && !one.swap && offer.value.invoiceExpiresAt < deps.now()) return report(one, 'refundable', 'never paid');
  if (!act) return report(one, fate.fate === 'none' ? 'waiting' : fate.fate === 'locked' ? 'claimable' : 'claimed', planOf(fate));
  const swapId = await putBack(deps, one, offer.value);
  if (!swapId.ok) return report(one, 'unresolved', swapId.error);
  if (fate.fate === 'spent' && known !== 'claim_accepted' && known !== 'held') {
    const adopted = await adoptClaim(deps, swapId.value, fate);
    if (!adopted.ok) return report(one, 'unresolved', adopted.error);
  }
  return look(deps, one, swapId.value);
}

type Fate = Readonly<{ fate: 'refunded' }> | Exclude<LockupFate, { fate: 'spent' }> | SpentByUs;
type SpentByUs = Extract<LockupFate, { fate: 'spent' }> & { readonly spender: NonNullable<Awaited<ReturnType<typeof readContents>>> };

async function fateOf(deps: RecoverDeps, one: One, { offer, fate }: { offer: SwapOffer; fate: LockupFate }): Promise<Fate> {
  if (fate.fate !== 'spent') return fate;
  const spender = await readContents(deps.chains, fate.txid);
  if (!spender) throw new Error('no chain source shows what spends the lockup');
  const keys = one.swap ?? one.restorable;
  if (!keys) throw new Error('neither record nor provider knows this swap');
  return isRefund(termsOf(keys, offer), fate.lockup, spender) ? { fate: 'refunded' } : { ...fate, spender };
}

function planOf(fate: Fate): string {
  if (fate.fate === 'none') return 'nothing is locked yet';
  if (fate.fate === 'locked') return `${fate.lockup.sats} sats are locked`;
  return fate.fate === 'spent' ? `claimed by ${fate.txid}` : fate.fate;
}

/** What was verified when it was opened, or what the provider gives back and the same checks let pass. */
function offerOf(deps: RecoverDeps, { restorable, swap }: One): Result<SwapOffer, string> {
  if (swap && 'offer' in swap) return ok(swap.offer);
  if (!restorable) return refuse('never_answered');
  const { record, answer, claimPublicKey, preimageHash } = restorable;
  if (!record) return refuse('no_recovery_record');
  return verifyRestored(
    { network: deps.network, claimPublicKey, preimageHash, invoiceSats: sats(record.invoiceSats), floorSats: record.floorSats },
    answer,
  );
}

/** The id of the swap, on record now with what it pays for and for whom. */
async function putBack(deps: RecoverDeps, { restorable, swap }: One, offer: SwapOffer): Promise<Result<string, string>> {
  const isUnanswered = swap?.status === 'reserved' || swap?.status === 'requested';
  if (swap && !isUnanswered) return ok(swap.id);
  const record = restorable?.record;
  if (!restorable || !record) return refuse('no_recovery_record');
  const merchant = await deps.rebuildMerchant(record);
  if (!merchant.ok) return merchant;
  if (swap) return ok(await answerLate(deps, { swapId: swap.id, record, offer }));
  await deps.database.transact(async (tx) => {
    const subject = await deps.rebuildSubject(tx, record);
    await insertRebuiltSwap(deps, tx, rebuilt({ ...record, ...subject }, restorable, offer), deps.now());
  });
  return ok(record.swapId);
}

type Late = { readonly swapId: string; readonly record: RecoveryRecord; readonly offer: SwapOffer };

/** Our records end between the question and the answer: the answer is taken now. */
async function answerLate(deps: RecoverDeps, { swapId, record, offer }: Late): Promise<string> {
  const at = deps.now();
  const lease = await takeLease(deps, swapId, { at, until: addMs(at, LEASE_MS) });
  if (!lease) throw new Error('another worker has this swap');
  try {
    await applySwapEvent(deps, { lease, event: { kind: 'request_sent' } });
    const within = async (tx: Tx) => void (await deps.rebuildSubject(tx, record));
    await applySwapEvent(deps, { lease, event: { kind: 'answer_verified', offer }, within });
  } finally {
    await releaseLease(deps, lease, at);
  }
  return swapId;
}

/** The row as it stood when the invoice was shown. The request is not sent again: what it said beside these is not needed any more. */
function rebuilt(record: RecoveryRecord, { claimPublicKey, preimageHash }: Restorable, offer: SwapOffer): SwapIn<'verified'> {
  const { swapId: id, accountId, subject, subjectId, attempt, provider, key, createdAt } = record;
  const seconds = Math.max(1, Math.ceil((offer.invoiceExpiresAt.getTime() - createdAt.getTime()) / SECOND_MS));
  return {
    ...{ id, accountId, subject, subjectId, attempt, version: 1, provider, key, claimPublicKey, preimageHash, createdAt },
    ...{ invoiceSats: sats(record.invoiceSats), status: 'verified', offer },
    request: {
      ...{ from: 'BTC', to: 'L-BTC', preimageHash: toHex(preimageHash), claimPublicKey: toHex(claimPublicKey) },
      ...{ invoiceAmount: Number(record.invoiceSats), pairHash: '', description: '', invoiceExpiry: seconds },
    },
  };
}

async function look(deps: RecoverDeps, one: One, swapId: string): Promise<RecoveredSwap> {
  const looked = await deps.reconcile(swapId);
  const swap = (looked?.kind === 'done' ? looked.swap : null) ?? (await findSwap(deps, swapId));
  if (!swap) return report(one, 'unresolved', 'not on record');
  const outcome = outcomeOf(swap);
  return report({ ...one, swap }, outcome, 'reason' in swap ? swap.reason : swap.status, one.swap === null);
}

function outcomeOf(swap: Swap): RecoveryOutcome {
  if (swap.status === 'claim_accepted' || swap.status === 'claim_buried') return 'claimed';
  if (swap.status === 'held' || (swap.status === 'refunded' && swap.revealedAt)) return 'unresolved';
  if (swap.status === 'expired' || swap.status === 'refunded' || swap.status === 'rejected') return 'refundable';
  return 'waiting';
}

function report({ restorable, swap }: One, outcome: RecoveryOutcome, reason: string, lost = swap === null): RecoveredSwap {
  const record = restorable?.record ?? null;
  const offered = swap && 'offer' in swap ? swap.offer.providerSwapId : null;
  return {
    ...{ outcome, reason, lost },
    provider: swap?.provider ?? restorable?.provider ?? '',
    providerSwapId: restorable?.answer.id ?? offered,
    key: swap?.key ?? restorable?.key ?? { era: 0, index: 0 },
    swapId: swap?.id ?? record?.swapId ?? null,
    accountId: swap?.accountId ?? record?.accountId ?? null,
    subjectId: swap?.subjectId ?? record?.subjectId ?? null,
    invoiceSats: swap?.invoiceSats ?? record?.invoiceSats ?? null,
  };
}

async function leaveTrace(deps: RecoverDeps, { swaps, newEra }: Pick<Recovery, 'swaps' | 'newEra'>): Promise<void> {
  const counts = Object.fromEntries(RECOVERY_OUTCOMES.map((outcome) => [outcome, swaps.filter((swap) => swap.outcome === outcome).length]));
  const facts = { ...counts, lost: swaps.filter(({ lost }) => lost).length, newEra };
  const entry = { accountId: null, actor: 'operator', action: 'swaps.recovered', subjectId: null, facts, at: deps.now() };
  await deps.database.transact((tx) => recordAudit(tx, deps.random, entry));
}
