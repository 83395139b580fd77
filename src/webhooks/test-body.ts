/** The shape of a real event with the sample values of the documentation, and `"test": true` (conformance W-4). No payment of this id exists. */
export function testBody(paymentId: string, at: Date): string {
  return JSON.stringify({
    event: 'payment.test',
    payment_id: paymentId,
    link_id: null,
    amount_fiat: 49.99,
    currency: 'EUR',
    amount_sats: 62341,
    metadata: { order_id: '1234' },
    settled_at: at.toISOString(),
    test: true,
  });
}
