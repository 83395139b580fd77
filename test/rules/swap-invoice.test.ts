import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readInvoice } from '../../src/swaps/invoice.ts';

const VECTOR = JSON.parse(readFileSync(new URL('../vectors/bolt11.json', import.meta.url), 'utf8'));
type Valid = { prefix: string; millisatoshis: string; timestamp: number; expiry: number; invoice: string };
const VALID = VECTOR.valid as Valid[];
const OURS = VALID.filter(({ prefix }) => prefix !== 'tbs'); // signet is no network of ours

const reasonOf = (text: string, prefix: string) => {
  const read = readInvoice(text, prefix);
  return read.ok ? 'accepted' : read.error;
};

describe('an invoice', () => {
  test.each(OURS)('of network $prefix reads as its vector says', ({ prefix, millisatoshis, timestamp, expiry, invoice }) => {
    const read = readInvoice(invoice, prefix);
    expect(read.ok && read.value).toEqual({
      paymentHash: VECTOR.paymentHash,
      amountMsat: BigInt(millisatoshis),
      issuedAtMs: timestamp * 1_000,
      expiresAtMs: (timestamp + expiry) * 1_000,
      payeeKey: VECTOR.payeePublicKey,
    });
  });

  test('is refused under every other network', () => {
    for (const { prefix, invoice } of VALID) {
      for (const other of ['bc', 'tb', 'bcrt'].filter((one) => one !== prefix))
        expect(reasonOf(invoice, other)).toBe('invoice_of_other_network');
    }
  });

  test.each([
    ['two_payment_hashes', 'invoice_field_twice'],
    ['amountless', 'invoice_without_amount'],
    ['no_payment_secret', 'invoice_without_payment_secret'],
  ])('that is suspicious (%s) is refused: %s', (id, reason) => {
    const { invoice } = (VECTOR.suspicious as { id: string; invoice: string }[]).find((row) => row.id === id) ?? { invoice: '' };
    expect(reasonOf(invoice, 'bc')).toBe(reason);
  });

  test('of a fraction of a sat keeps its millisatoshis, so that it can never equal an amount in sats', () => {
    const { invoice } = (VECTOR.suspicious as { id: string; invoice: string }[]).find((row) => row.id === 'sub_sat_msat') ?? {
      invoice: '',
    };
    const read = readInvoice(invoice, 'bc');
    expect(read.ok && read.value.amountMsat).toBe(1_500n);
  });

  test('with one changed character is refused wherever it stands', () => {
    const { invoice } = OURS[0] ?? { invoice: '' };
    const accepted = Array.from({ length: invoice.length }, (_, spot) => {
      const other = invoice[spot] === 'q' ? 'p' : 'q';
      return reasonOf(invoice.slice(0, spot) + other + invoice.slice(spot + 1), 'bc');
    }).filter((reason) => reason === 'accepted');
    expect(accepted).toEqual([]);
  });

  test('in capitals, cut, padded or empty is refused', () => {
    const { invoice } = OURS[0] ?? { invoice: '' };
    for (const text of [invoice.toUpperCase(), invoice.slice(0, -1), `${invoice} `, `lightning:${invoice}`, '', 'lnbc1', 'ln']) {
      expect(reasonOf(text, 'bc')).not.toBe('accepted');
    }
  });
});
