import type { CreateAnswer } from '../../src/swaps/provider-wire.ts';
import type { Swap, SwapCommon, SwapState, SwapStatus } from '../../src/swaps/swap.ts';
import { readFileSync } from 'node:fs';
import { fromHex } from '../../src/lib/bytes.ts';
import { sats } from '../../src/lib/money.ts';
import { Secret } from '../../src/lib/secret.ts';

export const SWAP_VECTOR = JSON.parse(readFileSync(new URL('../vectors/swap.json', import.meta.url), 'utf8'));
export const AT = new Date('2027-01-01T12:00:00.000Z');

const answer: CreateAnswer = { ...SWAP_VECTOR.boltzResponse, invoice: 'lnbcrt1invoice' };
export const OFFER = {
  providerSwapId: 'vector1',
  answer: new Secret(answer),
  invoice: 'lnbcrt1invoice',
  invoiceExpiresAt: new Date(AT.getTime() + 615_000),
  onchainSats: sats(250_000n),
  lockupScript: fromHex(SWAP_VECTOR.lockupScriptPubKey),
  timeoutHeight: 2_000,
};
export const LOCKUP = { txid: SWAP_VECTOR.lockup.txid, vout: 0, sats: sats(250_000n), height: null };
export const CLAIM = { hex: new Secret(SWAP_VECTOR.scriptPathClaim.hex), txid: SWAP_VECTOR.scriptPathClaim.txid, feeSats: sats(46n) };

const COMMON: SwapCommon = {
  id: 'swp_1',
  accountId: 'acc_1',
  subject: 'payment',
  subjectId: 'pmt_1',
  attempt: 0,
  version: 7,
  provider: 'one',
  key: { era: 1, index: 3 },
  claimPublicKey: fromHex(SWAP_VECTOR.claimPublicKey),
  preimageHash: fromHex(SWAP_VECTOR.preimageHash),
  invoiceSats: sats(250_653n),
  request: {
    from: 'BTC',
    to: 'L-BTC',
    preimageHash: SWAP_VECTOR.preimageHash,
    claimPublicKey: SWAP_VECTOR.claimPublicKey,
    invoiceAmount: 250_653,
    pairHash: 'ab',
    description: 'Coffee',
    invoiceExpiry: 615,
  },
  createdAt: AT,
};

/** A swap of each status, all of them about the same lockup and the same claim. */
export const STATES: { readonly [S in SwapStatus]: Extract<SwapState, { status: S }> } = {
  reserved: { status: 'reserved' },
  requested: { status: 'requested' },
  verified: { status: 'verified', offer: OFFER },
  lockup_seen: { status: 'lockup_seen', offer: OFFER, lockup: LOCKUP },
  lockup_ok: { status: 'lockup_ok', offer: OFFER, lockup: LOCKUP, claim: CLAIM },
  claim_stored: { status: 'claim_stored', offer: OFFER, lockup: LOCKUP, claim: CLAIM },
  revealed: { status: 'revealed', offer: OFFER, lockup: LOCKUP, claim: CLAIM, revealedAt: AT },
  claim_accepted: { status: 'claim_accepted', offer: OFFER, lockup: LOCKUP, claim: CLAIM, revealedAt: AT, acceptedAt: AT },
  claim_buried: { status: 'claim_buried', offer: OFFER, lockup: LOCKUP, claim: CLAIM, revealedAt: AT, acceptedAt: AT, buriedAt: AT },
  expired: { status: 'expired', offer: OFFER, lockup: null, reason: 'invoice_expired' },
  refunded: { status: 'refunded', offer: OFFER, lockup: LOCKUP, claim: null, revealedAt: null, acceptedAt: null, reason: 'taken_back' },
  rejected: { status: 'rejected', reason: 'verification' },
  held: { status: 'held', offer: OFFER, lockup: LOCKUP, claim: CLAIM, revealedAt: null, acceptedAt: null, reason: 'claim_outputs' },
};

export function swapIn(state: SwapState, change: Partial<SwapCommon> = {}): Swap {
  return { ...COMMON, ...change, ...state };
}
