import type { Swap as SwapRow } from '../../prisma/generated/client.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { StoredClaim, Swap, SwapCommon, SwapLockup, SwapOffer, SwapState, SwapStatus } from './swap.ts';
import { sats } from '../lib/money.ts';
import { columnsOf } from '../lib/row-statements.ts';
import { Secret } from '../lib/secret.ts';
import { createAnswerWire, createRequestWire } from './provider-wire.ts';
import { SWAP_STATUSES } from './swap.ts';

/** The columns that carry a swap's state and facts; ownership and due time (`fence`, `leaseUntil`, `nextLookAt`) are written elsewhere. */
export type SwapFacts = Omit<SwapRow, 'fence' | 'leaseUntil' | 'nextLookAt' | 'hintTokenHash' | 'requestJson'> & {
  requestJson: Swap['request'];
};

export const SWAP_COLUMNS = columnsOf<SwapRow>({
  ...{ id: 1, accountId: 1, subject: 1, subjectId: 1, attempt: 1, status: 1, version: 1, fence: 1, leaseUntil: 1, nextLookAt: 1 },
  ...{ provider: 1, providerSwapId: 1, hintTokenHash: 1, keyEra: 1, keyIndex: 1, claimPublicKey: 1, preimageHash: 1, invoiceSats: 1 },
  ...{ requestJson: 1, responseSealed: 1, invoice: 1, invoiceExpiresAt: 1, onchainSats: 1, lockupScript: 1, timeoutHeight: 1 },
  ...{ lockupTxid: 1, lockupVout: 1, lockupSats: 1, lockupHeight: 1, claimTxSealed: 1, claimTxid: 1, claimFeeSats: 1 },
  ...{ revealedAt: 1, acceptedAt: 1, buriedAt: 1, failure: 1, createdAt: 1 },
});

/** @throws Error on a row that is not a swap: facts that its status promises are missing. */
export function swapFromRow(sealer: Sealer, row: SwapRow): Swap {
  return { ...commonFromRow(row), ...stateFromRow(sealer, row) };
}

export function rowFromSwap(sealer: Sealer, swap: Swap): SwapFacts {
  const { id, accountId, subject, subjectId, attempt, version, provider, createdAt } = swap;
  return {
    ...{ id, accountId, subject, subjectId, attempt, version, provider, createdAt, status: swap.status },
    ...{ keyEra: swap.key.era, keyIndex: swap.key.index, invoiceSats: swap.invoiceSats, requestJson: swap.request },
    ...{ claimPublicKey: own(swap.claimPublicKey), preimageHash: own(swap.preimageHash) },
    ...offerColumns(sealer, id, offerOf(swap)),
    ...claimColumns(sealer, id, claimOf(swap)),
    ...stepColumns(swap),
  };
}

/** What a step from `before` to `after` writes. What both have alike, to the object, is not sealed again. */
export function changedColumns(sealer: Sealer, before: Swap, after: Swap) {
  return {
    ...{ status: after.status, version: after.version },
    ...(offerOf(before) === offerOf(after) ? {} : offerColumns(sealer, after.id, offerOf(after))),
    ...(claimOf(before) === claimOf(after) ? {} : claimColumns(sealer, after.id, claimOf(after))),
    ...stepColumns(after),
  };
}

const offerOf = (swap: Swap): SwapOffer | null => ('offer' in swap ? swap.offer : null);
const claimOf = (swap: Swap): StoredClaim | null => ('claim' in swap ? swap.claim : null);

/** What any step may move. */
function stepColumns(swap: Swap) {
  return {
    ...lockupColumns('lockup' in swap ? swap.lockup : null),
    revealedAt: 'revealedAt' in swap ? swap.revealedAt : null,
    acceptedAt: 'acceptedAt' in swap ? swap.acceptedAt : null,
    buriedAt: 'buriedAt' in swap ? swap.buriedAt : null,
    failure: 'reason' in swap ? swap.reason : null,
  };
}

function commonFromRow(row: SwapRow): SwapCommon {
  return {
    ...{ id: row.id, accountId: row.accountId, subjectId: row.subjectId, attempt: row.attempt, version: row.version },
    subject: row.subject as SwapCommon['subject'], // written from that union only
    provider: row.provider,
    key: { era: row.keyEra, index: row.keyIndex },
    claimPublicKey: row.claimPublicKey,
    preimageHash: row.preimageHash,
    invoiceSats: sats(row.invoiceSats),
    request: createRequestWire.parse(row.requestJson), // also puts the keys back into their order on the wire
    createdAt: row.createdAt,
  };
}

function stateFromRow(sealer: Sealer, row: SwapRow): SwapState {
  const must = <T>(fact: T | null, name: string): T => {
    if (fact === null) throw new Error(`swap ${row.id} is ${row.status} without ${name}`);
    return fact;
  };
  const status = statusOf(row);
  if (status === 'reserved' || status === 'requested') return { status };
  if (status === 'rejected') return { status, reason: must(row.failure, 'failure') };
  const offer = must(offerFromRow(sealer, row), 'an offer');
  if (status === 'verified') return { status, offer };
  const maybeLockup = lockupFromRow(row);
  if (status === 'expired') return { status, offer, lockup: maybeLockup, reason: must(row.failure, 'failure') };
  const lockup = must(maybeLockup, 'a lockup');
  if (status === 'lockup_seen') return { status, offer, lockup };
  const maybeClaim = claimFromRow(sealer, row);
  if (status === 'lockup_ok') return { status, offer, lockup, claim: maybeClaim };
  if (status === 'refunded' || status === 'held') {
    const { revealedAt, acceptedAt } = row;
    return { status, offer, lockup, claim: maybeClaim, revealedAt, acceptedAt, reason: must(row.failure, 'failure') };
  }
  const claim = must(maybeClaim, 'a claim');
  if (status === 'claim_stored') return { status, offer, lockup, claim };
  const revealedAt = must(row.revealedAt, 'revealedAt');
  if (status === 'revealed') return { status, offer, lockup, claim, revealedAt };
  const acceptedAt = must(row.acceptedAt, 'acceptedAt');
  if (status === 'claim_accepted') return { status, offer, lockup, claim, revealedAt, acceptedAt };
  return { status, offer, lockup, claim, revealedAt, acceptedAt, buriedAt: must(row.buriedAt, 'buriedAt') };
}

function statusOf(row: SwapRow): SwapStatus {
  const status = SWAP_STATUSES.find((known) => known === row.status);
  if (!status) throw new Error(`swap ${row.id} has the unknown status ${row.status}`);
  return status;
}

function offerFromRow(sealer: Sealer, row: SwapRow): SwapOffer | null {
  const { providerSwapId, responseSealed, invoice, invoiceExpiresAt, onchainSats, lockupScript, timeoutHeight } = row;
  if (providerSwapId === null || responseSealed === null || invoice === null || invoiceExpiresAt === null) return null;
  if (onchainSats === null || lockupScript === null || timeoutHeight === null) return null;
  const plain = Buffer.from(sealer.open(place(row.id, 'responseSealed'), responseSealed)).toString('utf8');
  const answer = new Secret(createAnswerWire.parse(JSON.parse(plain)));
  return { providerSwapId, answer, invoice, invoiceExpiresAt, onchainSats: sats(onchainSats), lockupScript, timeoutHeight };
}

function offerColumns(sealer: Sealer, id: string, offer: SwapOffer | null) {
  if (!offer) {
    const none = { providerSwapId: null, responseSealed: null, invoice: null, invoiceExpiresAt: null };
    return { ...none, onchainSats: null, lockupScript: null, timeoutHeight: null };
  }
  const { providerSwapId, invoice, invoiceExpiresAt, onchainSats, timeoutHeight } = offer;
  const plain = Buffer.from(JSON.stringify(offer.answer.reveal()));
  const responseSealed = sealer.seal(place(id, 'responseSealed'), plain);
  return { providerSwapId, responseSealed, invoice, invoiceExpiresAt, onchainSats, lockupScript: own(offer.lockupScript), timeoutHeight };
}

function lockupFromRow(row: SwapRow): SwapLockup | null {
  if (row.lockupTxid === null || row.lockupVout === null || row.lockupSats === null) return null;
  return { txid: row.lockupTxid, vout: row.lockupVout, sats: sats(row.lockupSats), height: row.lockupHeight };
}

function lockupColumns(lockup: SwapLockup | null) {
  return {
    lockupTxid: lockup?.txid ?? null,
    lockupVout: lockup?.vout ?? null,
    lockupSats: lockup?.sats ?? null,
    lockupHeight: lockup?.height ?? null,
  };
}

function claimFromRow(sealer: Sealer, row: SwapRow): StoredClaim | null {
  if (row.claimTxSealed === null || row.claimTxid === null || row.claimFeeSats === null) return null;
  const hex = Buffer.from(sealer.open(place(row.id, 'claimTxSealed'), row.claimTxSealed)).toString('utf8');
  return { hex: new Secret(hex), txid: row.claimTxid, feeSats: sats(row.claimFeeSats) };
}

function claimColumns(sealer: Sealer, id: string, claim: StoredClaim | null) {
  if (!claim) return { claimTxSealed: null, claimTxid: null, claimFeeSats: null };
  const claimTxSealed = sealer.seal(place(id, 'claimTxSealed'), Buffer.from(claim.hex.reveal()));
  return { claimTxSealed, claimTxid: claim.txid, claimFeeSats: claim.feeSats };
}

function place(row: string, column: 'responseSealed' | 'claimTxSealed') {
  return { table: 'Swap', row, column };
}

/** Prisma wants bytes over a plain ArrayBuffer. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
