import type { Database, Tx, Write } from '../lib/database.ts';
import type { Clock } from '../lib/time.ts';
import type { AddressLease } from '../wallets/direct-lease-store.ts';
import type { OurOutput } from '../wallets/open-outputs.ts';
import type { ApplyEventDeps } from './apply-event.ts';
import type { Promised } from './attribute-output.ts';
import type { LiquidFacts, LiquidRules } from './credit-liquid.ts';
import type { Payment } from './payment.ts';
import type { KnownOutput, Mined, Receipt, ReceiptState, ReceiptVerdict } from './receipt-store.ts';
import type { PaymentEvent } from './transitions.ts';
import { isTakenBack } from '../lib/shared-messages.ts';
import { applyPaymentEvent } from './apply-event.ts';
import { attributeOutput } from './attribute-output.ts';
import { liquidEvent, paidByLiquid } from './credit-liquid.ts';

/** Keeps a caller from writing that may not any more: `inTx` throws then, `writes` fail in their commit. Each goes first. */
export type Guard = { readonly inTx: (tx: Tx) => Promise<void>; readonly writes: () => readonly Write[] };

export type FollowLiquidDeps = ApplyEventDeps & {
  readonly database: Database;
  readonly now: Clock;
  readonly lbtcAsset: string;
  readonly newReceiptId: () => string;
  readonly readPayment: (tx: Tx, id: string) => Promise<Payment | null>;
  readonly liquidRules: (tx: Tx, accountId: string) => Promise<Omit<LiquidRules, 'at'>>;
  readonly leasesOfAddress: (tx: Tx, addressId: string) => Promise<readonly AddressLease[]>;
  /** The chain has seen the address: it is never promised to anybody else. Locks the address's chain. */
  readonly markAddressUsed: (tx: Tx, addressId: string, at: Date) => Promise<void>;
  /** The same for an address of a claim. */
  readonly writeClaimAddressSeen: (addressId: string, at: Date) => Write;
  readonly receipts: {
    readonly known: (tx: Tx, txid: string, vouts: readonly number[]) => Promise<readonly KnownOutput[]>;
    readonly insert: (tx: Tx, receipts: readonly Receipt[]) => Promise<void>;
    readonly write: (receipt: Receipt) => Write;
    readonly facts: (tx: Tx, paymentId: string) => Promise<LiquidFacts>;
    readonly payments: (where: Where) => Promise<readonly (string | null)[]>;
    readonly move: (tx: Tx, where: Where & { paymentId: string | null }, to: { state: ReceiptState; mined: Mined | null }) => Promise<void>;
  };
};
type Where = { txids: readonly string[] } | { aboveHeight: number };

/** An input of P2WPKH costs about this to spend at Liquid's 0.1 sat per vbyte: less is not worth having, and pays for nothing. */
export const DUST_SATS = 10n;
/** An address can pass to another payment between reading and locking; twice in a row it does not. */
const ATTEMPTS_MAX = 3;
/** From any state one or two events lead to what the facts say. */
const EVENTS_MAX = 4;

/** Outputs of one transaction were seen on addresses of ours: they are written down, and the payments that they belong to move, in one commit each. */
export async function receiveOutputs(deps: FollowLiquidDeps, txid: string, outputs: readonly OurOutput[], guard: Guard): Promise<void> {
  const byAddress = Map.groupBy(outputs, ({ addressId }) => addressId);
  for (const [addressId, here] of byAddress) {
    const arrival = { txid, addressId, outputs: here };
    const isNoted = here.every(({ isClaims }) => isClaims) && (await noteClaim(deps, arrival, guard));
    if (!isNoted) await receiveAt(deps, arrival, guard);
  }
}

type Arrival = { readonly txid: string; readonly addressId: string; readonly outputs: readonly OurOutput[] };

/**
 * Outputs of a claim pay for nothing: the swap has told its payment. So nothing has to be read, and all is one message. False: some of them
 * were on record, or nothing could be written.
 */
async function noteClaim(deps: FollowLiquidDeps, arrival: Arrival, guard: Guard): Promise<boolean> {
  const at = deps.now();
  const receipts = receiptsOf(deps, arrival, { payment: null, good: 'claim', at });
  const first = guard.writes();
  const writes = [...first, ...receipts.map(deps.receipts.write), deps.writeClaimAddressSeen(arrival.addressId, at)];
  try {
    const answers = await deps.database.commit(`claims of ${receipts[0]?.accountId}`, writes);
    if (answers.slice(first.length, first.length + receipts.length).some(({ count }) => count === 0)) return false;
  } catch (error) {
    if (isTakenBack(error)) return false;
    throw error;
  }
  for (const receipt of receipts) say(deps, receipt);
  return true;
}

async function receiveAt(deps: FollowLiquidDeps, arrival: Arrival, guard: Guard): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    try {
      return await deps.database.transact(async (tx) => {
        await guard.inTx(tx);
        await receiveInTx(deps, tx, arrival);
      });
    } catch (error) {
      if (!(error instanceof AddressPassedOn)) throw error;
    }
  }
  throw new Error(`address ${arrival.addressId} never came to rest`);
}

/** Another payment was promised the address while we looked. */
class AddressPassedOn extends Error {}

/** Lock order: payment, script chain, account. */
async function receiveInTx(deps: FollowLiquidDeps, tx: Tx, arrival: Arrival): Promise<void> {
  const { txid, addressId, outputs } = arrival;
  const known = await deps.receipts.known(
    tx,
    txid,
    outputs.map(({ vout }) => vout),
  );
  if (known.length === outputs.length && known.every(({ isLive }) => isLive)) return;
  const at = deps.now();
  const leases = await deps.leasesOfAddress(tx, addressId);
  const before = known.find(({ paymentId }) => paymentId !== null)?.paymentId; // it went and is back: it stays whose it was
  const owner = before ? { paymentId: before, isClear: true } : await ownerOf(deps, tx, { leases, valueSats: goodSats(deps, outputs) });
  const payment = owner && (await deps.findForUpdate(tx, owner.paymentId));
  await deps.markAddressUsed(tx, addressId, at);
  const isClaims = leases[0]?.purpose === 'claim'; // its lease never ends: the address passes to nobody
  if (!isClaims && (await deps.leasesOfAddress(tx, addressId))[0]?.id !== leases[0]?.id) throw new AddressPassedOn();
  const good = isClaims ? 'claim' : verdictOf(payment, owner?.isClear ?? false);
  const receipts = receiptsOf(deps, arrival, { payment, good, at });
  await deps.receipts.insert(tx, receipts);
  for (const receipt of receipts) say(deps, { ...receipt, paymentId: payment?.id ?? null });
  if (payment) await applyLiquidFacts(deps, tx, payment);
}

/** `good`: what they are, where nothing is wrong with them. */
function receiptsOf(
  deps: FollowLiquidDeps,
  { txid, addressId, outputs }: Arrival,
  { payment, good, at }: { payment: Payment | null; good: ReceiptVerdict; at: Date },
): readonly Receipt[] {
  return outputs.map((output) => {
    const { accountId, vout, content } = output;
    const fault = faultOf(deps, output);
    const held = { asset: content?.assetId ?? null, valueSats: content?.valueSats ?? null };
    const credited = { paymentId: fault ? null : (payment?.id ?? null), verdict: fault ?? good };
    return { id: deps.newReceiptId(), accountId, txid, vout, addressId, ...held, ...credited, seenAt: at };
  });
}

/** L-BTC that counts. */
function goodSats(deps: FollowLiquidDeps, outputs: readonly OurOutput[]): bigint {
  return outputs.reduce((sum, output) => (faultOf(deps, output) === null ? sum + (output.content?.valueSats ?? 0n) : sum), 0n);
}

function faultOf({ lbtcAsset }: FollowLiquidDeps, { content }: OurOutput): ReceiptVerdict | null {
  if (!content) return 'unreadable';
  if (content.assetId !== lbtcAsset) return 'wrong_asset';
  return content.valueSats < DUST_SATS ? 'dust' : null;
}

function verdictOf(payment: Payment | null, isClear: boolean): ReceiptVerdict {
  if (!payment || !isClear) return 'foreign';
  if (payment.status === 'pending') return 'credited';
  return payment.status === 'expired' ? 'late' : 'extra';
}

type Found = { readonly leases: readonly AddressLease[]; readonly valueSats: bigint };

async function ownerOf(deps: FollowLiquidDeps, tx: Tx, { leases, valueSats }: Found) {
  const promised: Promised[] = [];
  for (const { paymentId, amountSats } of leases) {
    const payment = paymentId === null ? null : await deps.readPayment(tx, paymentId);
    if (payment) promised.push({ paymentId: payment.id, amountSats, receivedSats: payment.receivedSats, status: payment.status });
  }
  return attributeOutput(promised, valueSats);
}

/** Lets a payment say what lies on its address. Call with the payment locked. */
async function applyLiquidFacts(deps: FollowLiquidDeps, tx: Tx, locked: Payment): Promise<void> {
  let payment = locked;
  for (let count = 0; count < EVENTS_MAX; count++) {
    const rules = { ...(await deps.liquidRules(tx, payment.accountId)), at: deps.now() };
    const event = liquidEvent(payment, await deps.receipts.facts(tx, payment.id), rules);
    if (!event) return;
    payment = await applyPaymentEvent(deps, tx, { paymentId: payment.id, event, at: rules.at });
    alarm(deps, payment, event);
  }
  throw new Error(`payment ${payment.id} never agreed with its coins`);
}

/** For a payment whose Lightning side is over: what its L-BTC pays. Call with the payment locked. */
export async function liquidPayment(deps: FollowLiquidDeps, tx: Tx, payment: Payment, at: Date): Promise<PaymentEvent | null> {
  const rules = { ...(await deps.liquidRules(tx, payment.accountId)), at };
  return paidByLiquid(payment, await deps.receipts.facts(tx, payment.id), rules);
}

/** The transactions stand in a block now. */
export function receiptsMined(deps: FollowLiquidDeps, txids: readonly string[], mined: Mined, guard: Guard): Promise<void> {
  return moveAll(deps, { txids }, { state: 'confirmed', mined }, guard);
}

/** Their blocks are no more: they wait again. */
export function receiptsUnmined(deps: FollowLiquidDeps, aboveHeight: number, guard: Guard): Promise<void> {
  return moveAll(deps, { aboveHeight }, { state: 'mempool', mined: null }, guard);
}

/** Neither mempool nor chain has the transaction any more. */
export function receiptsLost(deps: FollowLiquidDeps, txid: string, state: 'dropped' | 'replaced', guard: Guard): Promise<void> {
  return moveAll(deps, { txids: [txid] }, { state, mined: null }, guard);
}

/** More blocks lie on these transactions: their payments may be settled. */
export function receiptsBuried(deps: FollowLiquidDeps, txids: readonly string[], guard: Guard): Promise<void> {
  return moveAll(deps, { txids }, null, guard);
}

type Target = { readonly state: ReceiptState; readonly mined: Mined | null } | null;

/** Each payment in a commit of its own, with its receipts. */
async function moveAll(deps: FollowLiquidDeps, where: Where, to: Target, guard: Guard): Promise<void> {
  for (const paymentId of await deps.receipts.payments(where)) {
    await deps.database.transact(async (tx) => {
      await guard.inTx(tx);
      const payment = paymentId === null ? null : await deps.findForUpdate(tx, paymentId);
      if (to) await deps.receipts.move(tx, { ...where, paymentId }, to);
      if (payment) await applyLiquidFacts(deps, tx, payment);
    });
  }
}

type Seen = { readonly txid: string; readonly vout: number; readonly verdict: ReceiptVerdict; readonly paymentId: string | null };

const PAYS_NOTHING: readonly ReceiptVerdict[] = ['wrong_asset', 'dust', 'unreadable', 'foreign'];

function say(deps: FollowLiquidDeps, { txid, vout, verdict, paymentId }: Seen): void {
  const seen = { txid, vout, verdict, paymentId };
  if (PAYS_NOTHING.includes(seen.verdict)) deps.log.warn(seen, 'something came to an address that pays for nothing');
  else deps.log.info(seen, 'L-BTC was seen on an address');
}

function alarm(deps: FollowLiquidDeps, { id: paymentId, exception, receivedSats }: Payment, { kind }: PaymentEvent): void {
  if (kind === 'dropped') deps.log.error({ paymentId, receivedSats }, 'the coin that paid has left the network, a human must look');
  if (kind === 'extra' && exception === 'paid_twice') deps.log.warn({ paymentId, receivedSats }, 'a payment was paid twice');
}
