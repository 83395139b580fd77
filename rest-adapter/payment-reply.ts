import type { OperationResult } from './route.ts';
import { jsonNumber } from '../src/lib/json.ts';
import { fiatNumber, restStatus } from './reply.ts';

/** What a payment's REST form is made of. */
export const PAYMENT = `id status amountFiat currency amountSats createdAt checkoutUrl
  expiresAt paidAt method linkId metadata exception settlement late
  lightning { invoice } liquid { address uri }`;

/** The documented seven fields first, in their order. */
export function paymentReply(payment: OperationResult): object {
  return {
    payment_id: payment.id,
    status: restStatus(payment.status),
    amount_fiat: fiatNumber(payment.amountFiat),
    currency: payment.currency,
    amount_sats: jsonNumber(payment.amountSats),
    created_at: payment.createdAt,
    checkout_url: payment.checkoutUrl,
    expires_at: payment.expiresAt,
    paid_at: payment.paidAt,
    method: payment.method?.toLowerCase() ?? null,
    link_id: payment.linkId,
    metadata: payment.metadata,
    exception: payment.exception?.toLowerCase() ?? null,
    settlement: payment.settlement?.toLowerCase() ?? null,
    late: payment.late,
    ...(payment.lightning ? { lightning_invoice: payment.lightning.invoice } : {}),
    ...(payment.liquid ? { liquid_address: payment.liquid.address, liquid_uri: payment.liquid.uri } : {}),
  };
}
