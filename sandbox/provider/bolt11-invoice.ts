import bolt11 from 'bolt11';
import { toHex } from '../../src/lib/bytes.ts';

/** BOLT 11 on regtest: invoices begin with `lnbcrt`. */
const REGTEST = { bech32: 'bcrt', pubKeyHash: 111, scriptHash: 196, validWitnessVersions: [0, 1] };
const INVOICE_START = /^lnbcrt\d*[munp]?1/;

/** Bitcoin blocks that the payment's last hop must leave: 144 for the swap's day, and a quarter more. */
const MIN_FINAL_CLTV_BLOCKS = 180;

export type InvoiceTerms = {
  readonly paymentHash: string;
  /** Null: none, which no honest invoice is without. */
  readonly paymentSecret: string | null;
  /** Another `payment_hash` before it, which no honest invoice has: decoders disagree about which of two they take. */
  readonly otherHash?: string;
  readonly amountSats: bigint;
  /** Text, or the hash of one (hex): the hash wins. */
  readonly description: string;
  readonly descriptionHash: string | null;
  readonly expirySeconds: number;
  readonly createdAtSeconds: number;
};

export type ReadInvoice = {
  readonly paymentHash: string;
  readonly paymentSecret: string;
  readonly amountMsat: bigint;
  readonly payee: string;
};

/** A BOLT 11 invoice signed by the node. Parts of a payment (`basic_mpp`) are welcome. */
export function makeInvoice(terms: InvoiceTerms, nodePrivateKey: Uint8Array): string {
  const about =
    terms.descriptionHash === null
      ? { tagName: 'description', data: terms.description }
      : { tagName: 'purpose_commit_hash', data: terms.descriptionHash };
  const otherHash = terms.otherHash === undefined ? [] : [{ tagName: 'payment_hash', data: terms.otherHash }];
  const secret = terms.paymentSecret === null ? [] : [{ tagName: 'payment_secret', data: terms.paymentSecret }];
  const encoded = bolt11.encode(
    {
      network: REGTEST,
      millisatoshis: (terms.amountSats * 1_000n).toString(),
      timestamp: terms.createdAtSeconds,
      tags: [
        ...otherHash,
        { tagName: 'payment_hash', data: terms.paymentHash },
        ...secret,
        about,
        { tagName: 'expire_time', data: terms.expirySeconds },
        { tagName: 'min_final_cltv_expiry', data: MIN_FINAL_CLTV_BLOCKS },
        {
          tagName: 'feature_bits',
          data: {
            word_length: 4,
            var_onion_optin: { required: true, supported: true },
            payment_secret: { required: secret.length > 0, supported: secret.length > 0 },
            basic_mpp: { required: false, supported: true },
          },
        },
      ],
    },
    false,
  );
  const signed = bolt11.sign(encoded, toHex(nodePrivateKey)).paymentRequest;
  if (!signed) throw new Error('the invoice could not be signed');
  return signed;
}

/** What a payer needs of an invoice; null when it is not one for this network with one hash, a secret and an amount. */
export function readInvoice(text: string): ReadInvoice | null {
  const lower = text.toLowerCase().replace(/^lightning:/, '');
  if (!INVOICE_START.test(lower)) return null;
  try {
    const invoice = bolt11.decode(lower, REGTEST);
    const { payment_hash: paymentHash, payment_secret: paymentSecret } = invoice.tagsObject;
    const hashes = invoice.tags.filter((tag) => tag.tagName === 'payment_hash').length;
    if (!paymentHash || !paymentSecret || hashes !== 1 || !invoice.millisatoshis || !invoice.payeeNodeKey) return null;
    return { paymentHash, paymentSecret, amountMsat: BigInt(invoice.millisatoshis), payee: invoice.payeeNodeKey };
  } catch {
    return null; // the decoder throws on every malformed invoice
  }
}
