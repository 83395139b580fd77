import type { RawRoute, Route, StaticRoute } from './route.ts';
import { jsonNumber } from '../src/lib/json.ts';
import { LINK_ROUTES } from './link-routes.ts';
import { fiatNumber, restStatus } from './reply.ts';
import { REFUSAL, textOrNull } from './variables.ts';

/** TABLE: the documented REST API. A row maps a route onto the GraphQL operation that does the work. */
export const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/v1/payments',
    status: 201,
    audience: 'pub',
    limit: 'payment_creation',
    crossOrigin: true,
    operation: `mutation CreatePayment($input: CreatePaymentInput!) {
      result: createPayment(input: $input) {
        __typename
        ... on PaymentSession { paymentId checkoutUrl expiresAt }
        ${REFUSAL}
      }
    }`,
    variables: ({ body }) => ({
      input: {
        amount: body['amount'],
        currency: textOrNull(body['currency']),
        redirectUrl: textOrNull(body['redirect_url']),
        metadata: body['metadata'],
      },
    }),
    reply: (session) => ({ payment_id: session.paymentId, checkout_url: session.checkoutUrl, expires_at: session.expiresAt }),
  },
  {
    method: 'GET',
    path: '/api/v1/payments/:payment_id',
    status: 200,
    audience: 'secret',
    limit: 'read',
    crossOrigin: false,
    operation: `query GetPayment($id: ID!) {
      result: payment(id: $id) {
        id status amountFiat currency amountSats createdAt checkoutUrl
        expiresAt paidAt method linkId metadata exception settlement late
        lightning { invoice } liquid { address uri }
      }
    }`,
    variables: ({ params }) => ({ id: params['payment_id'] }),
    reply: (payment) => ({
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
    }),
    notFound: { code: 'payment_not_found', message: 'Payment not found' },
  },
  ...LINK_ROUTES,
];

/** TABLE: the routes that other servers call. The token in the path is a secret of one swap (docs/security.md). */
export const RAW_ROUTES: readonly RawRoute[] = [
  { method: 'POST', path: '/api/v1/webhooks/:provider/:token', handle: 'providerHint', limit: 'webhooks' },
];

/** TABLE: the routes that answer a document of our own. */
export const STATIC_ROUTES: readonly StaticRoute[] = [{ method: 'GET', path: '/api/v1/openapi.json', document: 'openApi', limit: 'read' }];
