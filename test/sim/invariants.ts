import type { Owner } from './scheduler.ts';
import type { Change } from './server.ts';
import type { Row } from './rows.ts';
import type { World } from './world.ts';
import { sameBytes } from '../../src/lib/bytes.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { NETWORK, unblindOpen } from './chain.ts';
import { ACCOUNT } from './plan.ts';
import { explicitSats, TAG_BYTES } from './stand-ins.ts';

/** TABLE: restated from src/swaps/transitions.ts, so that a change is argued twice. */
const SWAP_EDGES: { readonly [from: string]: readonly string[] } = {
  reserved: ['requested', 'rejected'],
  requested: ['verified', 'rejected'],
  verified: ['lockup_seen', 'expired'],
  lockup_seen: ['lockup_seen', 'lockup_ok', 'refunded'],
  lockup_ok: ['lockup_ok', 'claim_stored', 'refunded', 'held'],
  claim_stored: ['revealed', 'refunded', 'held'],
  revealed: ['claim_accepted', 'refunded', 'held'],
  claim_accepted: ['claim_buried', 'refunded', 'held'],
  claim_buried: [],
  expired: ['expired'],
  refunded: [],
  rejected: [],
  held: ['refunded', 'lockup_ok'],
};
/** TABLE: restated from src/payments/transitions.ts; a status may always keep itself while facts beside it change. */
const PAYMENT_EDGES: { readonly [from: string]: readonly string[] } = {
  pending: ['detected', 'paid', 'expired'],
  detected: ['pending', 'paid', 'expired'],
  paid: [],
  expired: ['paid'],
};
/**
 * Allowed by the table, and walked by no code of today: the signer's refusal comes before a claim is stored, and only earlier versions left a
 * swap reserved (test/api/swap-providers.test.ts walks those two).
 */
const UNUSED_EDGES: readonly string[] = [
  ...['swap claim_stored>held', 'swap revealed>held', 'swap claim_accepted>held'],
  ...['swap reserved>requested', 'swap reserved>rejected'],
];
/** What a long enough run walks. */
export const EDGES: readonly string[] = [
  ...Object.entries(SWAP_EDGES).flatMap(([from, to]) => to.map((one) => `swap ${from}>${one}`)),
  ...Object.entries(PAYMENT_EDGES).flatMap(([from, to]) => to.map((one) => `payment ${from}>${one}`)),
  'payment detected>detected',
].filter((edge) => !UNUSED_EDGES.includes(edge));
const MONEY_MOVES = ['lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'claim_accepted'];
/** More than any claim pays (src/swaps/claim-rules.ts says 200). */
const FEE_MOST_SATS = 200n;

/** The promises I1 to I12, looked at in every commit and whenever a preimage leaves. */
export class Invariants {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  onCommit(changes: readonly Change[], _owner: Owner | null): void {
    for (const change of changes) {
      if (change.table === 'swap') this.#swap(change);
      if (change.table === 'payment') this.#payment(change, changes);
      if (change.table === 'keyIndex' && Number(change.after?.['nextIndex']) < Number(change.before?.['nextIndex'] ?? 0))
        this.#no('I9 a key index went back');
      if (change.table === 'addressLease') this.#lease(change);
    }
    const versions = changes.filter(({ table }) => table === 'event').map(({ after }) => after);
    for (const event of versions) {
      if (String(event?.['type']).startsWith('payment.') && !this.#isTold(event, changes)) this.#no('I5 an event without its change');
    }
    if (changes.some(({ table }) => table === 'payment' || table === 'account')) this.#trial();
  }

  /** I3: what leaves had been stored, signed and said before; and it is worth it. */
  onPreimage(hash: string): void {
    const row = this.#rows('swap').find((one) => Buffer.from(one['preimageHash'] as Uint8Array).toString('hex') === hash);
    if (!row || row['revealedAt'] === null || row['claimTxSealed'] === null) {
      this.#no('I3 a preimage left before its claim was stored and its reveal committed');
      return;
    }
    const { chain, zeroConfMaxSats } = this.#world;
    const lockup = chain.known.get(String(row['lockupTxid']));
    const output = lockup?.parsed.outputs[Number(row['lockupVout'])];
    const opened = output ? unblindOpen(output) : null;
    if (!opened || opened.assetId !== NETWORK.lbtcAsset) {
      this.#no('I3 a preimage left for a lockup that is not L-BTC');
      return;
    }
    if (opened.valueSats < (row['onchainSats'] as bigint)) this.#no('I3 a preimage left for less than was promised');
    if (chain.tip >= Number(row['timeoutHeight']) && this.#isFresh(row))
      this.#no('I3 a preimage left when the provider could take the lockup back');
    const wasShallow = row['lockupHeight'] === null;
    if (wasShallow && (opened.valueSats > zeroConfMaxSats || lockup?.parsed.signalsReplacement))
      this.#no('I3 a preimage left for a lockup that had to wait for its block');
  }

  /** The reveal was just committed: nothing has held it up since its last look at the chain. */
  #isFresh(row: Row): boolean {
    const skews = this.#world.nodes.map(({ skewMs }) => Math.abs(skewMs));
    return this.#world.time.nowMs - (row['revealedAt'] as Date).getTime() < 5_000 - Math.max(...skews);
  }

  #swap({ before, after }: Change): void {
    if (!after) {
      this.#no('I9 a swap was erased');
      return;
    }
    const edge = before && before['version'] !== after['version'];
    if (edge) {
      const name = `${String(before['status'])}>${String(after['status'])}`;
      this.#world.hit(`swap ${name}`);
      if (!SWAP_EDGES[String(before['status'])]?.includes(String(after['status']))) this.#no(`I7 a swap went ${name}`);
      if (Number(after['version']) !== Number(before['version']) + 1) this.#no('I5 a swap skipped a version');
    }
    if (before && before['claimTxid'] !== null && before['claimTxid'] !== after['claimTxid'])
      this.#no('I3 a stored claim was replaced by another');
    if (before && (before['fence'] as bigint) > (after['fence'] as bigint)) this.#no('I3 a fence went back');
    if (after['claimTxSealed'] !== null && (!before || before['claimTxSealed'] === null)) this.#claim(after);
  }

  /** I8: the claim pays the swap's own address all but a small fee. */
  #claim(swap: Row): void {
    const hex = Buffer.from(swap['claimTxSealed'] as Uint8Array)
      .subarray(TAG_BYTES)
      .toString('utf8');
    const { inputs, outputs } = parseTransaction(hex);
    const [paid] = outputs.filter(({ script }) => script.length > 0);
    const lease = this.#rows('addressLease').find((row) => row['swapId'] === swap['id']);
    const address = this.#rows('address').find((row) => row['id'] === lease?.['addressId']);
    if (!paid || !address || !sameBytes(paid.script, address['scriptPubKey'] as Uint8Array)) {
      this.#no('I8 a claim pays another address');
      return;
    }
    if (inputs[0]?.txid !== swap['lockupTxid']) this.#no('I8 a claim spends another output');
    const fee = (swap['lockupSats'] as bigint) - explicitSats(paid);
    if (fee < 0n || fee > FEE_MOST_SATS) this.#no('I8 a claim pays too high a fee');
  }

  #payment({ before, after, id }: Change, changes: readonly Change[]): void {
    if (!after) {
      this.#no('I5 a payment was erased');
      return;
    }
    const events = changes.filter(({ table, after: event }) => table === 'event' && event?.['subjectId'] === id);
    const steps = before ? Number(after['version']) - Number(before['version']) : 1;
    if (events.length !== steps) this.#no(`I5 a payment changed ${steps} times with ${events.length} events`);
    if (!before || before['version'] === after['version']) return;
    const [from, to] = [String(before['status']), String(after['status'])];
    const isLockup = from === 'detected' && before['txid'] !== after['txid'];
    if (from === 'pending' && to === 'detected' && this.#world.time.nowMs > (before['expiresAt'] as Date).getTime()) this.#world.hit('C23');
    if (from !== to || isLockup) this.#world.hit(`payment ${from}>${to}`);
    if (from !== to && !PAYMENT_EDGES[from]?.includes(to)) this.#no(`I7 a payment went ${from}>${to}`);
    if (from === 'expired' && to === 'paid' && (after['method'] !== 'liquid' || after['late'] !== true))
      this.#no('I7 an expired payment was paid over Lightning');
    if (to === 'paid' && from !== 'paid') this.#paid(after);
    if (to === 'expired' && from !== 'expired') this.#expired(after);
  }

  /** I1, I2, I12. */
  #paid(payment: Row): void {
    const { chain } = this.#world;
    const swaps = this.#rows('swap').filter((row) => row['subjectId'] === payment['id']);
    if (payment['method'] === 'lightning') {
      const swap = swaps.find((row) => row['claimTxid'] === payment['txid'] && row['acceptedAt'] !== null);
      if (!swap || !chain.known.has(String(payment['txid']))) {
        this.#no('I1 paid without a claim that the chain has seen');
        return;
      }
      if (swap['invoiceSats'] !== payment['amountSats']) this.#no('I12 an invoice of another amount was shown');
      return;
    }
    const receipts = this.#rows('liquidReceipt').filter((row) => row['paymentId'] === payment['id']);
    const live = receipts.filter((row) => row['state'] === 'mempool' || row['state'] === 'confirmed');
    const good = live.filter((row) => row['asset'] === NETWORK.lbtcAsset && ['credited', 'late', 'extra'].includes(String(row['verdict'])));
    const sum = good.reduce((total, row) => total + (row['valueSats'] as bigint), 0n);
    if (sum < (payment['amountSats'] as bigint)) this.#no('I1 paid with less L-BTC than was asked');
    if (this.#world.minConfirmations > 0 && good.some((row) => row['height'] === null && row['verdict'] !== 'extra'))
      this.#no('I1 paid before the blocks that the merchant wants');
  }

  /** I10. */
  #expired(payment: Row): void {
    const swaps = this.#rows('swap').filter((row) => row['subjectId'] === payment['id']);
    if (swaps.some((row) => row['status'] === 'verified')) this.#no('I10 expired while its invoice was open');
    if (swaps.some((row) => MONEY_MOVES.includes(String(row['status'])))) this.#no('I10 expired while a lockup was known');
    if (swaps.some((row) => row['status'] === 'refunded' && row['revealedAt'] !== null))
      this.#no('I10 expired after the preimage had left');
    const receipts = this.#rows('liquidReceipt').filter((row) => row['paymentId'] === payment['id'] && row['verdict'] === 'credited');
    const live = receipts.filter((row) => row['state'] === 'confirmed' && this.#isBuried(row));
    const sum = live.reduce((total, row) => total + (row['valueSats'] as bigint), 0n);
    if (sum >= (payment['amountSats'] as bigint)) this.#no('I10 expired with its whole amount on record');
  }

  #isBuried(row: Row): boolean {
    return (this.#world.followedHeight ?? 0) - Number(row['height']) + 1 >= this.#world.minConfirmations;
  }

  /** I4: an address is promised once at a time, and a claim's for ever. */
  #lease({ after }: Change): void {
    const others = this.#rows('addressLease').filter((row) => row['addressId'] === after?.['addressId'] && row['id'] !== after?.['id']);
    if (others.some((row) => row['releasedAt'] === null || row['purpose'] === 'claim')) this.#no('I4 one address for two');
  }

  /** I11. */
  #trial(): void {
    const paid = this.#rows('payment').filter((row) => row['status'] === 'paid').length;
    if (this.#world.server.tables.get('account')?.get(ACCOUNT)?.['trialUsed'] !== paid) this.#no('I11 a paid payment is not counted once');
  }

  #isTold(event: Row | null | undefined, changes: readonly Change[]): boolean {
    const payment = changes.find(({ table, id }) => table === 'payment' && id === event?.['subjectId']);
    return payment !== undefined && Number(payment.after?.['version']) >= Number(event?.['subjectVersion']);
  }

  #rows(table: string): readonly Row[] {
    return [...(this.#world.server.tables.get(table)?.values() ?? [])];
  }

  #no(what: string): void {
    this.#world.violate(what);
  }
}
