import { expect, test } from 'vitest';
import { fiatText, fiatTextFull, lbtcText, sats, satsForFiatCeil } from '../../src/lib/money.ts';
import { jsonNumber, parseJson } from '../../src/lib/json.ts';
import { returnUrl } from '../../src/payments/redirect.ts';
import { webhookBody } from '../../src/payments/webhook-body.ts';
import { fiatNumber } from '../../rest-adapter/reply.ts';
import { paymentFixture } from '../support/payments.ts';

test('W-3: the webhook body is the documented one, byte for byte', () => {
  const paidAt = new Date('2026-05-15T14:09:41.000Z');
  const paid = paymentFixture({
    status: 'paid',
    method: 'lightning',
    txid: 'bb'.repeat(32),
    paidAt,
    feesSats: sats(1n),
    settlement: 'unconfirmed',
  });
  expect(webhookBody('payment.confirmed', paid)).toBe(
    '{"event":"payment.confirmed","payment_id":"pmt_00000000000000000000000000","link_id":null,"amount_fiat":49.99,"currency":"EUR",' +
      '"amount_sats":62341,"metadata":{"order_id":"1234"},"settled_at":"2026-05-15T14:09:41.000Z"}',
  );
});

test('W-3: an expired payment says settled_at null, and metadata keeps its digits and odd keys', () => {
  const metadataText = '{"n":12345678901234567890,"__proto__":{"a":1}}';
  const body = webhookBody('payment.expired', paymentFixture({ status: 'expired', reason: 'unpaid' }, { metadataText }));
  expect(body).toContain(`"metadata":${metadataText},"settled_at":null}`);
});

test('parsing and printing JSON keeps numbers that JavaScript would round', () => {
  const text = '{"a":12345678901234567890,"b":0.1,"c":1.00000000000000000001,"d":-0.5}';
  expect(JSON.stringify(parseJson(text))).toBe(text);
});

test('B-6: fiat prints as the documented JSON numbers do', () => {
  const print = (minor: bigint, currency: 'EUR' | 'JPY') => [fiatText({ minor, currency }), fiatTextFull({ minor, currency })];
  expect(print(4999n, 'EUR')).toEqual(['49.99', '49.99']);
  expect(print(500n, 'EUR')).toEqual(['5', '5.00']);
  expect(print(10_050n, 'EUR')).toEqual(['100.5', '100.50']);
  expect(print(5n, 'EUR')).toEqual(['0.05', '0.05']);
  expect(print(5000n, 'JPY')).toEqual(['5000', '5000']);
  expect(JSON.stringify([fiatNumber('49.90'), fiatNumber('100.00'), fiatNumber('5000'), jsonNumber('62341')])).toBe(
    '[49.9,100,5000,62341]',
  );
});

test('P-22: sats for fiat are rounded up, so that the merchant is never short', () => {
  const eurPerBtc = 8_018_800n * 10_000n;
  expect(satsForFiatCeil(4999n, eurPerBtc)).toBe(62_341n);
  expect(satsForFiatCeil(8_018_800n, eurPerBtc)).toBe(100_000_000n);
  expect(satsForFiatCeil(1n, eurPerBtc)).toBe(13n);
  expect(lbtcText(sats(62_341n))).toBe('0.00062341');
});

test('L-17 P-10: the way back to the shop keeps query and fragment and overwrites parameters of the same name', () => {
  expect(returnUrl('https://shop.example/done?order=7&status=open#top', 'pmt_1', 'paid')).toBe(
    'https://shop.example/done?order=7&status=paid&payment_id=pmt_1#top',
  );
});
