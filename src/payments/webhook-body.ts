import type { Payment } from './payment.ts';
import { fiatText } from '../lib/money.ts';

/**
 * The documented payload, byte for byte and in the documented order (conformance W-3). Built as text: amounts keep their digits and
 * metadata stays as the merchant sent it. Stored once; every attempt and redelivery sends these bytes.
 */
export function webhookBody(event: 'payment.confirmed' | 'payment.expired', payment: Payment): string {
  const settledAt = payment.status === 'paid' ? payment.paidAt.toISOString() : null;
  const fields: readonly (readonly [string, string])[] = [
    ['event', JSON.stringify(event)],
    ['payment_id', JSON.stringify(payment.id)],
    ['link_id', JSON.stringify(payment.linkId)],
    ['amount_fiat', fiatText(payment.fiat)],
    ['currency', JSON.stringify(payment.fiat.currency)],
    ['amount_sats', payment.amountSats.toString()],
    ['metadata', payment.metadataText],
    ['settled_at', JSON.stringify(settledAt)],
  ];
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}
