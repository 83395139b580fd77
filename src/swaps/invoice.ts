import type { Result } from '../lib/result.ts';
import { decode } from 'bolt11';
import { ok, refuse } from '../lib/result.ts';

/** What a BOLT11 invoice says, after the checks that every payer's wallet relies on (https://github.com/lightning/bolts/blob/master/11-payment-encoding.md). */
export type Invoice = Readonly<{
  /** 32 bytes as hex. */
  paymentHash: string;
  amountMsat: bigint;
  /** Milliseconds since 1970, by the issuer's clock. */
  issuedAtMs: number;
  expiresAtMs: number;
  /** Recovered from the signature: an issuer's name only when compared with a known one. */
  payeeKey: string;
}>;

/** BOLT11: "default is 3600 seconds if not specified". */
const EXPIRY_DEFAULT_SECONDS = 3_600;
/** A year: more is no invoice for a checkout, and keeps dates in range. */
const EXPIRY_MAX_SECONDS = 31_536_000;
const MSAT_PER_BTC = 100_000_000_000n;
/** Amounts end in a unit of BTC (BOLT11, "Human-Readable Part"); `p` is a tenth of a millisatoshi. */
const PICO_PER_UNIT: Readonly<Record<string, bigint>> = { '': 10n * MSAT_PER_BTC, m: 1_000_000_000n, u: 1_000_000n, n: 1_000n, p: 1n };
const PICO_PER_MSAT = 10n;
const HASH = /^[0-9a-f]{64}$/;
/** Fields that must stand once: decoders disagree about which of two they take. */
const SINGLE_FIELDS = [
  'payment_hash',
  'payment_secret',
  'description',
  'purpose_commit_hash',
  'payee_node_key',
  'expire_time',
  'feature_bits',
];

/** Reads an invoice of the network with this prefix (`bc`, `tb`, `bcrt`), or says in snake_case why it must not be shown. */
export function readInvoice(text: string, prefix: string): Result<Invoice, string> {
  if (text !== text.toLowerCase()) return refuse('invoice_not_lower_case');
  const amountMsat = amountOf(text, prefix);
  if (!amountMsat.ok) return amountMsat;
  const decoded = tryDecode(text);
  if (decoded === null) return refuse('invoice_unreadable');
  const count = (name: string) => decoded.tags.filter((tag) => tag.tagName === name).length;
  if (SINGLE_FIELDS.some((name) => count(name) > 1)) return refuse('invoice_field_twice');
  if (count('payment_hash') !== 1) return refuse('invoice_without_hash');
  if (count('description') + count('purpose_commit_hash') !== 1) return refuse('invoice_without_purpose');
  const { payment_hash: paymentHash, payment_secret: secret, expire_time: expiry } = decoded.tagsObject;
  if (!paymentHash || !HASH.test(paymentHash)) return refuse('invoice_without_hash');
  if (!secret || !HASH.test(secret)) return refuse('invoice_without_payment_secret');
  if (decoded.millisatoshis !== amountMsat.value.toString()) return refuse('invoice_amount_unclear');
  const seconds = expiry ?? EXPIRY_DEFAULT_SECONDS;
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > EXPIRY_MAX_SECONDS) return refuse('invoice_expiry_out_of_range');
  if (decoded.timestamp === undefined || !decoded.payeeNodeKey) return refuse('invoice_unreadable');
  const issuedAtMs = decoded.timestamp * 1_000;
  const expiresAtMs = issuedAtMs + seconds * 1_000;
  return ok({ paymentHash, amountMsat: amountMsat.value, issuedAtMs, expiresAtMs, payeeKey: decoded.payeeNodeKey });
}

/** From the human-readable part itself: whole millisatoshis, never zero, never "any". */
function amountOf(text: string, prefix: string): Result<bigint, string> {
  const human = text.slice(0, text.lastIndexOf('1'));
  if (!human.startsWith(`ln${prefix}`)) return refuse('invoice_of_other_network');
  const rest = human.slice(prefix.length + 2);
  if (rest === '') return refuse('invoice_without_amount');
  const parts = /^([1-9]\d{0,18})([munp]?)$/.exec(rest);
  const unit = parts && PICO_PER_UNIT[parts[2] ?? ''];
  if (!parts?.[1] || !unit) return refuse('invoice_of_other_network');
  const pico = BigInt(parts[1]) * unit;
  if (pico % PICO_PER_MSAT !== 0n) return refuse('invoice_amount_unclear');
  return ok(pico / PICO_PER_MSAT); // exact: the remainder was refused above
}

/** The decoder throws plain errors on a bad checksum, signature, prefix or field. */
function tryDecode(text: string): ReturnType<typeof decode> | null {
  try {
    return decode(text);
  } catch {
    return null;
  }
}
