import type { CheckoutData } from '../web/checkout/contract.ts';
import type { GraphqlServer } from './graphql-server.ts';
import { parse } from 'graphql';

/** The page is a customer of the public schema like any other: this is the whole of what it may see. */
const CHECKOUT = parse(`query CheckoutPage($id: ID!) {
  checkout(paymentId: $id) {
    paymentId status mode frameOrigins title linkId amountFiat currency amountSats receivedSats
    merchant { name logoUrl brandColour }
    lightning { invoice uri expiresAt }
    liquid { address uri amountLbtc assetId }
    lightningState liquidState expiresAt serverTime paidAt method txid late exception redirectUrl backUrl
  }
}`);

/** Reads what the payer of this payment may see; null when there is no such payment. @throws Error when it could not be read. */
export function checkoutLoader(
  graphql: Pick<GraphqlServer, 'makeContext' | 'execute'>,
): (paymentId: string) => Promise<CheckoutData | null> {
  return async (paymentId) => {
    const context = graphql.makeContext({ authorization: null, idempotencyKey: null, address: null });
    const { data, errors } = await graphql.execute(CHECKOUT, { id: paymentId }, context);
    if (errors?.[0]) throw errors[0];
    return (data?.['checkout'] ?? null) as CheckoutData | null; // the selection above is the shape of CheckoutData
  };
}
