import type { PaymentId } from '../../src/lib/ids.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { sats } from '../../src/lib/money.ts';

type Facts<P> = P extends Payment
  ? Pick<P, Extract<keyof P, 'status' | 'method' | 'txid' | 'detectedAt' | 'paidAt' | 'feesSats' | 'settlement' | 'reason'>>
  : never;

/** A payment of 49.99 EUR in the given status. */
export function paymentFixture(facts: Facts<Payment>, more: Partial<Payment> = {}): Payment {
  return {
    id: 'pmt_00000000000000000000000000' as PaymentId,
    accountId: 'acc_00000000000000000000000000',
    mode: 'live',
    version: 3,
    source: 'secret',
    linkId: null,
    fiat: { minor: 4999n, currency: 'EUR' },
    amountSats: sats(62_341n),
    quoteId: 'quo_00000000000000000000000000',
    redirectUrl: null,
    metadataText: '{"order_id":"1234"}',
    lightning: 'offered',
    createdAt: new Date('2026-05-15T14:08:00.000Z'),
    expiresAt: new Date('2026-05-15T14:18:00.000Z'),
    receivedSats: sats(0n),
    late: false,
    exception: null,
    ...more,
    ...facts,
  } as Payment;
}
