import type { Sats } from '../lib/money.ts';
import type { Result } from '../lib/result.ts';
import type { LiquidNetwork } from '../liquid/network.ts';
import type { SwapTree } from '../liquid/swap-tree.ts';
import type { CreateAnswer, ProviderPair } from './provider-wire.ts';
import type { SwapOffer } from './swap.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { fromHex, sameBytes, toHex } from '../lib/bytes.ts';
import { sats } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { addMs } from '../lib/time.ts';
import { parseConfidentialAddress } from '../liquid/address.ts';
import { CLAIM_FEE_SATS } from '../liquid/claim-transaction.ts';
import { buildSwapTree } from '../liquid/swap-tree.ts';
import { readInvoice } from './invoice.ts';
import { createAnswerWire } from './provider-wire.ts';
import { onchainSatsFloor } from './swap-fees.ts';

/** What was asked, and what was known before the answer came. */
export type AskedSwap = Readonly<{
  network: LiquidNetwork;
  claimPublicKey: Uint8Array;
  preimageHash: Uint8Array;
  invoiceSats: Sats;
  /** Limits and fees as fetched before the request. */
  pair: ProviderPair;
  /** Our own chain source's height. */
  tipHeight: number;
  at: Date;
  /** The invoice must end within these two. */
  invoiceEnds: Readonly<{ earliest: Date; latest: Date }>;
}>;

/** Between the invoice's last moment and the provider's refund there must be room to see, claim and bury: two hours of one-minute blocks. */
export const TIMEOUT_ROOM_BLOCKS = 120;
/** Providers use 1440 blocks (a day). Twice that is the longest that a payer's money may hang when nobody claims. */
export const TIMEOUT_BLOCKS_MAX = 2_880;
/** An invoice from further in the future than this comes from a clock that we cannot work with. */
const CLOCK_SKEW_MS = 120_000;
const BLOCK_MS = 60_000;
const MSAT_PER_SAT = 1_000n;

/**
 * Every check on a provider's answer before its invoice may be shown; fails closed. The refusal is the name of the first check that failed.
 * That key and hash serve once, and that the swap id is new, is held by unique columns in the commit that stores the offer.
 */
export function verifySwap(asked: AskedSwap, body: unknown): Result<SwapOffer, string> {
  const parsed = createAnswerWire.safeParse(body);
  if (!parsed.success) return refuse('answer_unreadable');
  const answer = parsed.data;
  const tree = verifyTree(asked, answer);
  if (!tree.ok) return tree;
  const fault = addressFault(asked, answer, tree.value) ?? amountFault(asked, answer);
  if (fault) return refuse(fault);
  const invoice = verifyInvoice(asked, answer.invoice);
  if (!invoice.ok) return invoice;
  const timeout = timeoutFault(asked, answer.timeoutBlockHeight, invoice.value.expiresAt);
  if (timeout) return refuse(timeout);
  return ok(offerOf(answer, tree.value, invoice.value.expiresAt));
}

/** What is still known of a swap when our own records are lost. */
export type KnownSwap = Pick<AskedSwap, 'network' | 'claimPublicKey' | 'preimageHash' | 'invoiceSats'> & {
  /** The least that had to be locked, by the fees of that day. */
  readonly floorSats: bigint;
};

/**
 * The checks on an answer that is given again long after: everything but its times, which were judged then. A payer may have paid:
 * what is good is taken, and what is not is left to the refund.
 */
export function verifyRestored(known: KnownSwap, body: unknown): Result<SwapOffer, string> {
  const parsed = createAnswerWire.safeParse(body);
  if (!parsed.success) return refuse('answer_unreadable');
  const answer = parsed.data;
  const tree = verifyTree(known, answer);
  if (!tree.ok) return tree;
  const fault = addressFault(known, answer, tree.value);
  if (fault) return refuse(fault);
  const onchain = BigInt(answer.onchainAmount);
  if (onchain < known.floorSats || onchain <= CLAIM_FEE_SATS) return refuse('onchain_amount_too_low');
  if (onchain > known.invoiceSats) return refuse('onchain_amount_too_high');
  const invoice = readInvoice(answer.invoice, known.network.bolt11Prefix);
  if (!invoice.ok) return invoice;
  if (invoice.value.paymentHash !== toHex(known.preimageHash)) return refuse('invoice_hash');
  if (invoice.value.amountMsat !== known.invoiceSats * MSAT_PER_SAT) return refuse('invoice_amount');
  return ok(offerOf(answer, tree.value, new Date(invoice.value.expiresAtMs)));
}

function offerOf(answer: CreateAnswer, tree: SwapTree, invoiceExpiresAt: Date): SwapOffer {
  return {
    providerSwapId: answer.id,
    answer: new Secret(answer),
    invoice: answer.invoice,
    invoiceExpiresAt,
    onchainSats: sats(BigInt(answer.onchainAmount)),
    lockupScript: tree.scriptPubKey,
    timeoutHeight: answer.timeoutBlockHeight,
  };
}

/** Our key, their key, our hash, their timeout: the tree rebuilt from these must be theirs to the byte. */
function verifyTree(asked: Pick<AskedSwap, 'claimPublicKey' | 'preimageHash'>, answer: CreateAnswer): Result<SwapTree, string> {
  const refundPublicKey = fromHex(answer.refundPublicKey);
  if (!secp256k1.utils.isValidPublicKey(refundPublicKey, true)) return refuse('refund_key_invalid');
  // Compared without parity: leaves hold x only, so the same x would be ours for signing.
  if (sameBytes(refundPublicKey.subarray(1), asked.claimPublicKey.subarray(1))) return refuse('refund_key_is_ours');
  const { preimageHash, claimPublicKey } = asked;
  const tree = buildSwapTree({ preimageHash, claimPublicKey, refundPublicKey, timeoutBlockHeight: answer.timeoutBlockHeight });
  const { claimLeaf, refundLeaf } = answer.swapTree;
  if (claimLeaf.version !== tree.leafVersion || refundLeaf.version !== tree.leafVersion) return refuse('leaf_version');
  if (claimLeaf.output !== toHex(tree.claimLeaf)) return refuse('claim_leaf');
  if (refundLeaf.output !== toHex(tree.refundLeaf)) return refuse('refund_leaf');
  return ok(tree);
}

function addressFault(asked: Pick<AskedSwap, 'network'>, answer: CreateAnswer, tree: SwapTree): string | null {
  const blindingKey = fromHex(answer.blindingKey);
  if (!secp256k1.utils.isValidSecretKey(blindingKey)) return 'blinding_key_invalid';
  const address = parseConfidentialAddress(asked.network, answer.lockupAddress);
  if (address === null) return 'lockup_address_unreadable';
  if (!sameBytes(address.scriptPubKey, tree.scriptPubKey)) return 'lockup_address';
  if (!sameBytes(address.blindingPublicKey, secp256k1.getPublicKey(blindingKey, true))) return 'blinding_key';
  return null;
}

function amountFault({ invoiceSats, pair }: AskedSwap, answer: CreateAnswer): string | null {
  const onchain = BigInt(answer.onchainAmount);
  if (invoiceSats < BigInt(pair.limits.minimal) || invoiceSats > BigInt(pair.limits.maximal)) return 'amount_out_of_limits';
  if (onchain < onchainSatsFloor(invoiceSats, pair)) return 'onchain_amount_too_low';
  if (onchain > invoiceSats) return 'onchain_amount_too_high';
  if (onchain <= CLAIM_FEE_SATS) return 'onchain_amount_below_fee';
  return null;
}

function verifyInvoice(asked: AskedSwap, text: string): Result<{ expiresAt: Date }, string> {
  const invoice = readInvoice(text, asked.network.bolt11Prefix);
  if (!invoice.ok) return invoice;
  const { paymentHash, amountMsat, issuedAtMs, expiresAtMs } = invoice.value;
  if (paymentHash !== toHex(asked.preimageHash)) return refuse('invoice_hash');
  if (amountMsat !== asked.invoiceSats * MSAT_PER_SAT) return refuse('invoice_amount');
  if (issuedAtMs > asked.at.getTime() + CLOCK_SKEW_MS) return refuse('invoice_from_the_future');
  if (expiresAtMs < asked.invoiceEnds.earliest.getTime()) return refuse('invoice_expires_too_early');
  if (expiresAtMs > asked.invoiceEnds.latest.getTime()) return refuse('invoice_expires_too_late');
  return ok({ expiresAt: addMs(asked.at, expiresAtMs - asked.at.getTime()) });
}

/** Far enough to claim a payment made in the invoice's last second, near enough not to hold a payer's money for days. */
function timeoutFault({ tipHeight, at }: AskedSwap, timeoutHeight: number, invoiceExpiresAt: Date): string | null {
  const invoiceBlocks = Math.ceil((invoiceExpiresAt.getTime() - at.getTime()) / BLOCK_MS);
  if (timeoutHeight < tipHeight + Math.max(0, invoiceBlocks) + TIMEOUT_ROOM_BLOCKS) return 'timeout_too_near';
  if (timeoutHeight > tipHeight + TIMEOUT_BLOCKS_MAX) return 'timeout_too_far';
  return null;
}
