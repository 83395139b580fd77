import type { SwapAmounts } from './pair.ts';
import type { Fields } from './request-fields.ts';
import type { SwapStatus, SwapWebhook } from './swap.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { toHex } from '../../src/lib/bytes.ts';
import { INVOICE_EXPIRY, PAIR, amountsFromInvoice, amountsFromOnchain, pairHash } from './pair.ts';
import { ProviderError } from './provider-error.ts';
import { fieldsOf, optionalHex, optionalNumber, optionalString, requiredHex, requiredString } from './request-fields.ts';
import { SWAP_STATUSES } from './swap.ts';

/** A creation that the provider is willing to serve. */
export type CreateRequest = SwapAmounts & {
  readonly preimageHash: string;
  readonly claimPublicKey: Uint8Array;
  readonly onchainGiven: boolean;
  readonly description: string;
  readonly descriptionHash: string | null;
  readonly expirySeconds: number;
  readonly referralId: string | null;
  readonly metadata: string | null;
  readonly webhook: SwapWebhook | null;
};

const DEFAULT_MEMO = 'Send to L-BTC address';
/** BOLT 11: 1,023 words of five bits. */
const MEMO_BYTES_MAX = 639;
const METADATA_BYTES_MAX = 1_024;
const WEBHOOK_URL_MAX = 250;
const WEBHOOK_STATUSES_MAX = 21;
const EXTRA_PERCENT_MAX = 10;
/** Statuses that a filter may name although they never come here: those of other kinds of swaps. */
const OTHER_STATUSES: readonly string[] = [
  'minerfee.paid',
  'invoice.set',
  'invoice.pending',
  'invoice.paid',
  'invoice.failedToPay',
  'transaction.direct',
  'transaction.claimed',
  'transaction.claim.pending',
  'transaction.lockupFailed',
  'transaction.zeroconf.rejected',
  'transaction.server.mempool',
  'transaction.server.confirmed',
];
/** Control characters (a new line is fine) and those that turn the direction of text. */
const BAD_MEMO = /(?!\n)\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Boltz API v2, `POST /swap/reverse`. @throws ProviderError with the text of the API. Unknown fields are ignored. */
export function parseCreateRequest(body: unknown): CreateRequest {
  const fields = fieldsOf(body);
  const from = requiredString(fields, 'from');
  const to = requiredString(fields, 'to');
  const preimageHash = requiredHex(fields, 'preimageHash');
  const asked = optionalString(fields, 'pairHash');
  const claimPublicKey = requiredHex(fields, 'claimPublicKey');
  if (from !== 'BTC' || to !== 'L-BTC') throw new ProviderError(`could not find pair with id: ${to}/${from}`, 404);
  if (asked !== null && asked !== pairHash()) throw new ProviderError('invalid pair hash');
  if (preimageHash.length !== 32) throw new ProviderError(`invalid preimage hash length: ${preimageHash.length}`);
  if (claimPublicKey.length !== 33 || !secp256k1.utils.isValidPublicKey(claimPublicKey))
    throw new ProviderError('invalid parameter: claimPublicKey');
  refuseUnoffered(fields);
  return {
    preimageHash: toHex(preimageHash),
    claimPublicKey,
    ...parseMemo(fields),
    ...parseAmounts(fields),
    expirySeconds: parseExpiry(fields),
    referralId: optionalString(fields, 'referralId'),
    metadata: parseMetadata(fields),
    webhook: parseWebhook(fields['webhook']),
  };
}

/** What this provider does not sell is refused in plain words rather than left out in silence. */
function refuseUnoffered(fields: Fields): void {
  if (fields['invoice'] !== undefined) throw new ProviderError('BOLT12 invoices are not offered');
  if (fields['claimCovenant'] === true) throw new ProviderError('claim covenants are not offered');
  if (fields['address'] !== undefined && fields['addressSignature'] !== undefined)
    throw new ProviderError('magic routing hints are not offered');
}

function parseAmounts(fields: Fields): SwapAmounts & { onchainGiven: boolean } {
  const invoiceAmount = optionalNumber(fields, 'invoiceAmount');
  const onchainAmount = optionalNumber(fields, 'onchainAmount');
  const extraPpm = parseExtraPpm(fields['extraFees']);
  if (invoiceAmount !== null && onchainAmount !== null) throw new ProviderError('invoice and onchain amount were specified');
  const given = invoiceAmount ?? onchainAmount;
  if (given === null) throw new ProviderError('no amount was specified');
  if (!Number.isSafeInteger(given)) throw new ProviderError(`${given} is not a whole number`);
  const onchainGiven = invoiceAmount === null;
  const amounts = onchainGiven ? amountsFromOnchain(BigInt(given), extraPpm) : amountsFromInvoice(BigInt(given), extraPpm);
  const { minimal, maximal } = PAIR.limits;
  if (amounts.invoiceSats > BigInt(maximal)) throw new ProviderError(`${amounts.invoiceSats} exceeds maximal of ${maximal}`);
  if (amounts.invoiceSats < BigInt(minimal)) throw new ProviderError(`${amounts.invoiceSats} is less than minimal of ${minimal}`);
  if (amounts.onchainSats < 1n) throw new ProviderError('onchain amount is too low');
  return { ...amounts, onchainGiven };
}

/** Percent as parts per million, rounded to whole ones. */
function parseExtraPpm(value: unknown): bigint {
  if (value === undefined || value === null) return 0n;
  const percentage = optionalNumber(fieldsOf(value), 'percentage');
  if (percentage === null || !(percentage >= 0 && percentage <= EXTRA_PERCENT_MAX)) throw new ProviderError('invalid parameter: extraFees');
  return BigInt(Math.round(percentage * 10_000));
}

function parseMemo(fields: Fields): { description: string; descriptionHash: string | null } {
  const descriptionHash = optionalHex(fields, 'descriptionHash');
  if (descriptionHash !== null && descriptionHash.length !== 32) throw new ProviderError('invalid parameter: descriptionHash');
  const description = optionalString(fields, 'description') ?? DEFAULT_MEMO;
  const bytes = Buffer.byteLength(description, 'utf8');
  if (bytes > MEMO_BYTES_MAX) throw new ProviderError(`invalid invoice memo: ${bytes} bytes exceed the maximum of ${MEMO_BYTES_MAX}`);
  if (!description.isWellFormed() || BAD_MEMO.test(description))
    throw new ProviderError('invalid invoice memo: contains forbidden characters');
  return { description, descriptionHash: descriptionHash === null ? null : toHex(descriptionHash) };
}

function parseExpiry(fields: Fields): number {
  const seconds = optionalNumber(fields, 'invoiceExpiry') ?? INVOICE_EXPIRY.max;
  if (!Number.isInteger(seconds) || seconds < INVOICE_EXPIRY.min || seconds > INVOICE_EXPIRY.max) {
    throw new ProviderError(`invalid invoice expiry ${seconds}; valid range: ${INVOICE_EXPIRY.min} to ${INVOICE_EXPIRY.max} seconds`);
  }
  return seconds;
}

function parseMetadata(fields: Fields): string | null {
  const metadata = optionalHex(fields, 'metadata');
  if (metadata !== null && metadata.length > METADATA_BYTES_MAX) throw new ProviderError('invalid parameter: metadata');
  return metadata === null ? null : toHex(metadata);
}

/** http and private addresses are fine: this is regtest. */
function parseWebhook(value: unknown): SwapWebhook | null {
  if (value === undefined || value === null) return null;
  const fields = fieldsOf(value);
  const url = requiredString(fields, 'url');
  const protocol = URL.parse(url)?.protocol;
  if (url.length > WEBHOOK_URL_MAX || (protocol !== 'http:' && protocol !== 'https:'))
    throw new ProviderError('could not register webhook');
  return { url, hashSwapId: fields['hashSwapId'] === true, status: parseStatusFilter(fields['status']) };
}

/** Null: every status. */
function parseStatusFilter(value: unknown): readonly SwapStatus[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || value.length > WEBHOOK_STATUSES_MAX) throw new ProviderError('invalid parameter: webhook.status');
  const known = [...SWAP_STATUSES, ...OTHER_STATUSES];
  const stranger: unknown = value.find((status) => !known.includes(status));
  if (stranger !== undefined) throw new ProviderError(`invalid swap status: ${String(stranger)}`);
  return value.length === 0 ? null : SWAP_STATUSES.filter((status) => value.includes(status));
}
