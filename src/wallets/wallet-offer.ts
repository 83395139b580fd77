import type { Sealer } from '../lib/sealed.ts';
import { sameBytes } from '../lib/bytes.ts';
import { MINUTE_MS } from '../lib/time.ts';

/**
 * An invitation to connect a wallet by scanning one code (SamRock, which AQUA speaks). Whoever has its address may connect a wallet to
 * the account once, within minutes. The password in it is derived from the sealing key and the offer's id: nothing of it rests anywhere.
 */
type Hashing = Pick<Sealer, 'hash'>;

/** Conformance D-10: long enough to find the phone, short enough that a photo of the screen is worth nothing later. */
export const OFFER_LIFE_MS = 5 * MINUTE_MS;
/** 192 bits: nobody guesses one, and the code stays easy to scan. */
const PASSWORD_BYTES = 24;
/** What wallets are asked for. A Bitcoin descriptor comes unasked, is never read and never stored. */
const SETUP = 'liquid-chain,btc-ln';

/** How an offer ended, as its row keeps it. */
export type OfferResult =
  | Readonly<{ state: 'success'; firstAddress: string; fingerprint: string | null }>
  | Readonly<{ state: 'error'; code: string; message: string }>;

export type StoredOffer = Readonly<{ accountId: string; expiresAt: Date; usedAt: Date | null; result: OfferResult | null }>;

export type WalletOffer = Readonly<{
  id: string;
  /** To be shown as a code; it holds the password. */
  url: string;
  expiresAt: Date;
  state: 'pending' | OfferResult['state'];
  /** How it stands, in a plain sentence. */
  message: string;
  /** Once connected: to be compared with what the wallet shows. */
  firstAddress: string | null;
  fingerprint: string | null;
}>;

const WAITING = 'Waiting for the wallet to scan this code';
const EXPIRED = 'This code has expired — show a new one and scan it within five minutes';
/** An answer was taken and its work never ended: the process died in between, and nothing was connected. */
const INTERRUPTED = 'The connection was interrupted — show a new code and scan it again';
const CONNECTED = 'Wallet connected — compare the first address with the one that your wallet shows';

/** What the offer's row is found by. */
export function offerHash({ hash }: Hashing, offerId: string): Uint8Array<ArrayBuffer> {
  return hash('wallet offer at rest', offerId);
}

function offerPassword({ hash }: Hashing, offerId: string): string {
  return Buffer.from(hash('wallet offer password', offerId).subarray(0, PASSWORD_BYTES)).toString('base64url');
}

/** Compared as hashes under our key: the time that it takes says nothing about the password. */
export function isOfferPassword(sealer: Hashing, offerId: string, given: string): boolean {
  const blurred = (text: string) => sealer.hash('wallet offer password given', text);
  return sameBytes(blurred(given), blurred(offerPassword(sealer, offerId)));
}

/** What the merchant sees of an offer at a time. */
export function viewOffer(
  deps: { readonly sealer: Hashing; readonly publicUrl: string },
  id: string,
  stored: StoredOffer,
  at: Date,
): WalletOffer {
  const { expiresAt, result } = stored;
  const query = new URLSearchParams({ setup: SETUP, otp: offerPassword(deps.sealer, id) });
  const common = { id, url: `${deps.publicUrl}/samrock/${id}?${query}`, expiresAt, firstAddress: null, fingerprint: null };
  if (result?.state === 'success') {
    const { firstAddress, fingerprint } = result;
    return { ...common, state: 'success', message: CONNECTED, firstAddress, fingerprint };
  }
  if (result) return { ...common, state: 'error', message: result.message };
  if (at < expiresAt) return { ...common, state: 'pending', message: WAITING };
  return { ...common, state: 'error', message: stored.usedAt ? INTERRUPTED : EXPIRED };
}
