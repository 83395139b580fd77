/**
 * Where the payer goes back to: the merchant's address with `payment_id` and `status` appended. Its own query and fragment are kept, a
 * parameter of the same name is overwritten (conformance P-10). The parameters are unsigned: shops must not trust them.
 */
export function returnUrl(redirectUrl: string, paymentId: string, status: 'paid' | 'expired'): string {
  const url = new URL(redirectUrl);
  url.searchParams.set('payment_id', paymentId);
  url.searchParams.set('status', status);
  return url.href;
}
