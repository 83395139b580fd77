import type { Sats } from '../lib/money.ts';
import type { Secret } from '../lib/secret.ts';
import type { LightningSubject } from './lightning.ts';
import type { CreateAnswer, CreateRequest } from './provider-wire.ts';

/** TABLE: every status of a swap, in the order of a good life; the last four are the ways out. */
export const SWAP_STATUSES = [
  'reserved', // key index and hash are stored; nothing has left
  'requested', // the provider may have been asked
  'verified', // its answer passed every check; the invoice may be shown
  'lockup_seen', // a good lockup is on the chain; the depth rule may still wait
  'lockup_ok', // deep enough; the merchant's address is taken; holds the unsigned claim once that is built
  'claim_stored', // the signed claim rests in the row; the preimage has not left
  'revealed', // the preimage may have left: from here always rush, never abort
  'claim_accepted', // a chain source holds our claim: the merchant is paid
  'claim_buried', // two blocks deep
  'expired', // closed unpaid
  'refunded', // the lockup went elsewhere
  'rejected', // never shown: refused, failed a check, or never answered
  'held', // something that must not happen did: an operator looks
] as const;
export type SwapStatus = (typeof SWAP_STATUSES)[number];

/** Where a swap's keys come from: BIP32 account (`era`, from 1) and index. */
export type KeyRef = Readonly<{ era: number; index: number }>;

/** What the provider promised, after every check. The whole answer is secret: it holds the lockup's blinding key. */
export type SwapOffer = Readonly<{
  providerSwapId: string;
  answer: Secret<CreateAnswer>;
  invoice: string;
  invoiceExpiresAt: Date;
  onchainSats: Sats;
  lockupScript: Uint8Array;
  timeoutHeight: number;
}>;

/** The output that locks the money, as read from our own chain source. `height` null = in the mempool. */
export type SwapLockup = Readonly<{ txid: string; vout: number; sats: Sats; height: number | null }>;

/** A claim's bytes: unsigned in `lockup_ok`, signed later. Secret, because the signed witness holds the preimage. */
export type StoredClaim = Readonly<{ hex: Secret<string>; txid: string; feeSats: Sats }>;

export type SwapCommon = Readonly<{
  id: string;
  accountId: string;
  subject: LightningSubject;
  subjectId: string;
  attempt: number;
  version: number;
  provider: string;
  key: KeyRef;
  claimPublicKey: Uint8Array;
  preimageHash: Uint8Array;
  invoiceSats: Sats;
  /** Sent byte for byte again when the first answer was lost; `requestOnWire` completes its address for hints. */
  request: CreateRequest;
  createdAt: Date;
}>;

type Offered = Readonly<{ offer: SwapOffer }>;
type Locked = Offered & Readonly<{ lockup: SwapLockup }>;
type Claimed = Locked & Readonly<{ claim: StoredClaim }>;
type Revealed = Claimed & Readonly<{ revealedAt: Date }>;
type Accepted = Revealed & Readonly<{ acceptedAt: Date }>;

/** A status carries its facts. */
export type SwapState =
  | Readonly<{ status: 'reserved' }>
  | Readonly<{ status: 'requested' }>
  | (Readonly<{ status: 'verified' }> & Offered)
  | (Readonly<{ status: 'lockup_seen' }> & Locked)
  | (Readonly<{ status: 'lockup_ok'; claim: StoredClaim | null }> & Locked)
  | (Readonly<{ status: 'claim_stored' }> & Claimed)
  | (Readonly<{ status: 'revealed' }> & Revealed)
  | (Readonly<{ status: 'claim_accepted' }> & Accepted)
  | (Readonly<{ status: 'claim_buried'; buriedAt: Date }> & Accepted)
  /** `lockup`: one that came too late. It is known, and never claimed. */
  | (Readonly<{ status: 'expired'; lockup: SwapLockup | null; reason: string }> & Offered)
  | (Readonly<{ status: 'refunded'; claim: StoredClaim | null; revealedAt: Date | null; acceptedAt: Date | null; reason: string }> & Locked)
  | Readonly<{ status: 'rejected'; reason: string }>
  | (Readonly<{ status: 'held'; claim: StoredClaim | null; revealedAt: Date | null; acceptedAt: Date | null; reason: string }> & Locked);

export type Swap = SwapCommon & SwapState;
export type SwapIn<S extends SwapStatus> = SwapCommon & Extract<SwapState, { readonly status: S }>;
