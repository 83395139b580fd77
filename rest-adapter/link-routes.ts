import type { OperationResult, Route, RouteRequest } from './route.ts';
import { jsonNumber } from '../src/lib/json.ts';
import { fiatNumber } from './reply.ts';
import { amountOf, pageOf, REFUSAL, textIfSent, textOrNull } from './variables.ts';

const NOT_FOUND = { code: 'payment_link_not_found', message: 'Payment link not found' };
const LINK =
  '... on PaymentLink { id url amountFiat currency status title description redirectUrl createdAt mode paidCount paidSats belowMinimum embedHtml }';
const update = (name: string) => `mutation ${name}($input: UpdatePaymentLinkInput!) {
  result: updatePaymentLink(input: $input) { __typename ${LINK} ${REFUSAL} }
}`;
const ONE = '/api/v1/payment-links/:id';

/** The documented five fields first, in their order. */
function linkReply(link: OperationResult): object {
  return {
    id: link.id,
    url: link.url,
    amount_fiat: link.amountFiat === null ? null : fiatNumber(link.amountFiat),
    currency: link.currency,
    status: link.status.toLowerCase(),
    title: link.title,
    description: link.description,
    redirect_url: link.redirectUrl,
    created_at: link.createdAt,
    mode: link.mode.toLowerCase(),
    paid_count: link.paidCount,
    paid_sats: jsonNumber(link.paidSats),
    below_minimum: link.belowMinimum,
    embed_html: link.embedHtml,
  };
}

function changes({ params, body }: RouteRequest): { readonly [name: string]: unknown } {
  const texts = [
    textIfSent(body, 'title', 'title'),
    textIfSent(body, 'description', 'description'),
    textIfSent(body, 'redirect_url', 'redirectUrl'),
    textIfSent(body, 'status', 'status'),
    textIfSent(body, 'currency', 'currency'),
  ];
  const priced = 'amount_fiat' in body || 'amount' in body ? { amount: amountOf(body) ?? null } : {};
  return { input: Object.assign({ id: params['id'] }, ...texts, priced) };
}

/** TABLE: payment links, for merchants and for whoever pays. */
export const LINK_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/v1/payment-links',
    status: 201,
    audience: 'secretOrTest',
    crossOrigin: false,
    limit: 'payment_links',
    operation: `mutation CreatePaymentLink($input: CreatePaymentLinkInput!) {
      result: createPaymentLink(input: $input) { __typename ${LINK} ${REFUSAL} }
    }`,
    variables: ({ body }) => ({
      input: {
        title: textOrNull(body['title']),
        description: textOrNull(body['description']),
        amount: amountOf(body),
        currency: textOrNull(body['currency']),
        redirectUrl: textOrNull(body['redirect_url']),
      },
    }),
    reply: linkReply,
  },
  {
    method: 'GET',
    path: '/api/v1/payment-links',
    status: 200,
    audience: 'secretOrTest',
    crossOrigin: false,
    limit: 'read',
    operation: `query ListPaymentLinks($first: Int, $after: String, $status: String) {
      result: paymentLinks(first: $first, after: $after, status: $status) { edges { node { ${LINK} } } pageInfo { hasNextPage endCursor } }
    }`,
    variables: ({ query }) => ({ ...pageOf(query), status: query['status'] }),
    reply: ({ edges, pageInfo }) => ({
      data: edges.map((edge: OperationResult) => linkReply(edge.node)),
      next_cursor: pageInfo.hasNextPage ? pageInfo.endCursor : null,
    }),
  },
  {
    method: 'GET',
    path: ONE,
    status: 200,
    audience: 'secretOrTest',
    crossOrigin: false,
    limit: 'read',
    operation: `query GetPaymentLink($id: ID!) { result: paymentLink(id: $id) { ${LINK} } }`,
    variables: ({ params }) => ({ id: params['id'] }),
    reply: linkReply,
    notFound: NOT_FOUND,
  },
  {
    method: 'PATCH',
    path: ONE,
    status: 200,
    audience: 'secretOrTest',
    crossOrigin: false,
    limit: 'change',
    operation: update('UpdatePaymentLink'),
    variables: changes,
    reply: linkReply,
  },
  {
    method: 'DELETE',
    path: ONE,
    status: 200,
    audience: 'secretOrTest',
    crossOrigin: false,
    limit: 'change',
    operation: update('DeactivatePaymentLink'),
    variables: ({ params }) => ({ input: { id: params['id'], status: 'inactive' } }),
    reply: linkReply,
  },
  {
    method: 'GET',
    path: '/api/v1/checkout/link/:link_id',
    status: 200,
    audience: 'public',
    crossOrigin: true,
    limit: 'read',
    operation: `query GetPublicLink($id: ID!) {
      result: publicLink(id: $id) { id title description amountFiat currency status merchant { name } }
    }`,
    variables: ({ params }) => ({ id: params['link_id'] }),
    reply: (link) => ({
      id: link.id,
      title: link.title,
      description: link.description,
      amount_fiat: link.amountFiat === null ? null : fiatNumber(link.amountFiat),
      currency: link.currency,
      status: link.status.toLowerCase(),
      merchant_name: link.merchant.name,
    }),
    notFound: NOT_FOUND,
  },
  {
    method: 'POST',
    path: '/api/v1/checkout/link/:link_id/pay',
    status: 201,
    audience: 'public',
    crossOrigin: true,
    limit: 'payment_creation',
    operation: `mutation PayPaymentLink($input: PayPaymentLinkInput!) {
      result: payPaymentLink(input: $input) {
        __typename
        ... on PaymentSession { paymentId checkoutUrl expiresAt }
        ${REFUSAL}
      }
    }`,
    variables: ({ params, body }) => ({ input: { id: params['link_id'], amount: amountOf(body), currency: textOrNull(body['currency']) } }),
    reply: (session) => ({ payment_id: session.paymentId, checkout_url: session.checkoutUrl, expires_at: session.expiresAt }),
  },
];
