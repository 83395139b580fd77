import type { RawRoute, Route, StaticRoute } from './route.ts';
import { ACCOUNT_ROUTES } from './account-routes.ts';
import { AUTH_ROUTES } from './auth-routes.ts';
import { EXPORT_ROUTES } from './export-routes.ts';
import { HOOK_ROUTES } from './hook-routes.ts';
import { LINK_ROUTES } from './link-routes.ts';
import { PAYMENT_LIST_ROUTES } from './payment-list-routes.ts';
import { PAYMENT, paymentReply } from './payment-reply.ts';
import { PLAN_ROUTES } from './plan-routes.ts';
import { REFUSAL, textOrNull } from './variables.ts';
import { WALLET_ROUTES } from './wallet-routes.ts';

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
    audience: 'secretOrTest',
    limit: 'read',
    crossOrigin: false,
    operation: `query GetPayment($id: ID!) { result: payment(id: $id) { ${PAYMENT} } }`,
    variables: ({ params }) => ({ id: params['payment_id'] }),
    reply: paymentReply,
    notFound: { code: 'payment_not_found', message: 'Payment not found' },
  },
  ...PAYMENT_LIST_ROUTES,
  ...LINK_ROUTES,
  ...WALLET_ROUTES,
  ...PLAN_ROUTES,
  ...AUTH_ROUTES,
  ...HOOK_ROUTES,
  ...ACCOUNT_ROUTES,
  ...EXPORT_ROUTES,
];

/** TABLE: the routes that other programs call. The token of a hint is a secret of one swap, the password of a wallet one of its offer (docs/security.md). */
export const RAW_ROUTES: readonly RawRoute[] = [
  { method: 'POST', path: '/api/v1/webhooks/:provider/:token', handle: 'providerHint', limit: 'webhooks' },
  { method: 'POST', path: '/samrock/:path', handle: 'samrock', limit: 'change' },
  { method: 'POST', path: '/api/v1/account/register/boltz-webhook', handle: 'namedHint', limit: 'boltz_webhook', readsId: true },
];

/** TABLE: the routes that answer a document of our own. */
export const STATIC_ROUTES: readonly StaticRoute[] = [{ method: 'GET', path: '/api/v1/openapi.json', document: 'openApi', limit: 'read' }];
