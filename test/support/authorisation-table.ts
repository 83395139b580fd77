import type { CallerName, Cell } from './authorisation.ts';
import type { Json } from './json.ts';

/**
 * Who may ask: anybody; any key or session; live secret keys and sessions; test secret keys too; sessions; sessions that gave a password or a
 * second factor in the last ten minutes.
 */
export type Audience = 'public' | 'pub' | 'secret' | 'secretOrTest' | 'session' | 'recent';

/** What account A has, and a caller asks for, by id. All of the live side but the test payment; the registration is nobody's. */
export type Things = {
  readonly payment: string;
  readonly testPayment: string;
  readonly link: string;
  readonly endpoint: string;
  readonly delivery: string;
  readonly key: string;
  readonly offer: string;
  readonly registration: string;
  /** Of whoever asks by a session. */
  readonly password: string;
};

export type MatrixRow = {
  readonly audience: Audience;
  /** What `:id` or `:…_id` in the route is. */
  readonly id?: keyof Things;
  /** The request is about one thing of account A: account B is told that there is no such thing; a test key too, unless it is of the test side. */
  readonly owned?: 'live' | 'test';
  /** The request is about a key of account A: other keys of A may not touch it. */
  readonly ofKey?: true;
  /** The request is about a thing that nobody has: whoever is let in is told so. */
  readonly nobodys?: true;
  /** The request ends what asks, or what is asked for: each cell has one of its own. */
  readonly ends?: 'session' | 'account' | 'endpoint';
  /** Body of the route, or the variables of the field. */
  readonly sends?: (things: Things) => Json;
};

/** What the table promises of one cell. */
export function promised(row: MatrixRow, caller: CallerName): Cell {
  const refused = refusedCell(row.audience, caller);
  if (refused) return refused;
  if (row.nobodys) return '404';
  if (row.owned && caller.endsWith('B')) return '404';
  if (row.ofKey && caller.includes('secret')) return '403';
  return row.owned === 'live' && caller === 'test secret A' ? '404' : 'in';
}

/** Before what is asked for is looked at. */
function refusedCell(audience: Audience, caller: CallerName): Cell | null {
  if (audience === 'public') return null;
  if (caller === 'none' || caller === 'page') return '401';
  if (caller.startsWith('session') || audience === 'pub') return null;
  if (caller === 'publishable' || audience === 'session' || audience === 'recent') return '403';
  return audience === 'secret' && caller === 'test secret A' ? '403' : null;
}

const payment = { amount: 5, currency: 'EUR' };
const link = { title: 'A link of the matrix', amount_fiat: 5, currency: 'EUR' };
const ofLink = { audience: 'secretOrTest', id: 'link', owned: 'live' } as const;
const ofEndpoint = { audience: 'secretOrTest', id: 'endpoint', owned: 'live' } as const;
const ofDelivery = { audience: 'secretOrTest', id: 'delivery', owned: 'live' } as const;
const ofKey = { audience: 'secretOrTest', id: 'key', owned: 'test', ofKey: true } as const;

/** TABLE: every REST route. */
export const REST_MATRIX: { readonly [route: string]: MatrixRow } = {
  'GET /api/v1/openapi.json': { audience: 'public' },
  'POST /api/v1/payments': { audience: 'pub', sends: () => payment },
  'GET /api/v1/payments': { audience: 'secretOrTest' },
  'GET /api/v1/payments.csv': { audience: 'secretOrTest' },
  'GET /api/v1/payments/:payment_id': { audience: 'secretOrTest', id: 'payment', owned: 'live' },
  'POST /api/v1/payments/:payment_id/simulate': {
    ...{ audience: 'secretOrTest', id: 'testPayment', owned: 'test' },
    sends: () => ({ outcome: 'paid' }),
  },
  'POST /api/v1/payment-links': { audience: 'secretOrTest', sends: () => link },
  'GET /api/v1/payment-links': { audience: 'secretOrTest' },
  'GET /api/v1/payment-links/:id': ofLink,
  'PATCH /api/v1/payment-links/:id': { ...ofLink, sends: () => ({ title: 'Renamed' }) },
  'DELETE /api/v1/payment-links/:id': ofLink,
  'GET /api/v1/checkout/link/:link_id': { audience: 'public', id: 'link' },
  'POST /api/v1/checkout/link/:link_id/pay': { audience: 'public', id: 'link' },
  'GET /api/v1/account': { audience: 'secretOrTest' },
  'PATCH /api/v1/account': { audience: 'secret', sends: () => ({ gross_up: false }) },
  'GET /api/v1/account/audit': { audience: 'secret' },
  'GET /api/v1/account/export': { audience: 'secret' },
  'POST /api/v1/account/logo': { audience: 'session', sends: () => ({ image: null }) },
  'POST /api/v1/account/close': { audience: 'recent', ends: 'account', sends: ({ password }) => ({ password }) },
  'GET /api/v1/account/keys': { audience: 'secretOrTest' },
  'POST /api/v1/account/keys': { audience: 'recent', sends: () => ({ kind: 'secret' }) },
  'PATCH /api/v1/account/keys/:id': { audience: 'session', id: 'key', owned: 'live', sends: () => ({ label: 'Renamed' }) },
  'POST /api/v1/account/keys/:id/rotate': { ...ofKey, sends: () => ({}) },
  'DELETE /api/v1/account/keys/:id': ofKey,
  'POST /api/v1/account/subscription': { audience: 'secret', sends: () => ({}) },
  'POST /api/v1/account/register': { audience: 'public' },
  'GET /api/v1/account/register/status/:registration_id': { audience: 'public', id: 'registration' },
  'POST /api/v1/account/register/boltz-webhook': { audience: 'public' },
  'GET /api/v1/wallet': { audience: 'secret' },
  'POST /api/v1/connect/descriptor': { audience: 'secret', sends: () => ({}) },
  'POST /api/v1/connect/offers': { audience: 'secret', sends: () => ({}) },
  'GET /api/v1/connect/offers/:id': { audience: 'secret', id: 'offer', owned: 'live' },
  'POST /samrock/:path': { audience: 'public', nobodys: true },
  'GET /api/v1/webhook-endpoints': { audience: 'secretOrTest' },
  'POST /api/v1/webhook-endpoints': { audience: 'secretOrTest', sends: () => ({}) },
  'GET /api/v1/webhook-endpoints/:id': ofEndpoint,
  'PATCH /api/v1/webhook-endpoints/:id': { ...ofEndpoint, sends: () => ({ events: [] }) },
  'DELETE /api/v1/webhook-endpoints/:id': { ...ofEndpoint, ends: 'endpoint' },
  'POST /api/v1/webhook-endpoints/:id/test': ofEndpoint,
  'POST /api/v1/webhook-endpoints/:id/rotate-secret': ofEndpoint,
  'GET /api/v1/webhook-endpoints/:id/deliveries': ofEndpoint,
  'POST /api/v1/webhook-endpoints/:id/replay': { ...ofEndpoint, sends: () => ({ after: '0' }) },
  'POST /api/v1/deliveries/:id/redeliver': ofDelivery,
  'GET /api/v1/events': { audience: 'secretOrTest' },
  'POST /api/v1/auth/signup': { audience: 'public' },
  'POST /api/v1/auth/login': { audience: 'public' },
  'POST /api/v1/auth/logout': { audience: 'session', ends: 'session' },
  'GET /api/v1/auth/session': { audience: 'session' },
  'DELETE /api/v1/auth/sessions/:id': { audience: 'session', nobodys: true },
  'POST /api/v1/auth/password/reset': { audience: 'public' },
  'POST /api/v1/auth/password/reset/confirm': { audience: 'public' },
  'POST /api/v1/auth/password': { audience: 'recent' },
  'POST /api/v1/auth/verify': { audience: 'public' },
  'POST /api/v1/auth/verify/request': { audience: 'session' },
  'POST /api/v1/auth/email': { audience: 'recent' },
  'POST /api/v1/auth/totp': { audience: 'recent' },
  'POST /api/v1/auth/recovery-codes': { audience: 'recent' },
  'POST /api/v1/auth/passkeys/options': { audience: 'recent' },
  'POST /api/v1/auth/passkeys': { audience: 'recent' },
  'DELETE /api/v1/auth/passkeys/:id': { audience: 'recent', nobodys: true },
  'POST /api/v1/webhooks/:provider/:token': { audience: 'public' },
};

/** TABLE: every root field of the schema. */
export const FIELD_MATRIX: { readonly [field: string]: MatrixRow } = {
  'query checkout': { audience: 'public', sends: ({ payment: paymentId }) => ({ paymentId }) },
  'query payment': { audience: 'secretOrTest', owned: 'live', sends: ({ payment: id }) => ({ id }) },
  'query payments': { audience: 'secretOrTest' },
  'query paymentStats': { audience: 'secretOrTest', sends: () => ({ days: 7 }) },
  'query paymentLink': { ...ofLink, sends: ({ link: id }) => ({ id }) },
  'query paymentLinks': { audience: 'secretOrTest' },
  'query publicLink': { audience: 'public', sends: ({ link: id }) => ({ id }) },
  'query preview': { audience: 'public', sends: () => payment },
  'query account': { audience: 'secretOrTest' },
  'query auditTrail': { audience: 'secret' },
  'query accountExport': { audience: 'secret' },
  'query plan': { audience: 'secret' },
  'query providers': { audience: 'secret' },
  'query wallet': { audience: 'secret' },
  'query walletOffer': { audience: 'secret', owned: 'live', sends: ({ offer: id }) => ({ id }) },
  'query webhookEndpoint': { ...ofEndpoint, sends: ({ endpoint: id }) => ({ id }) },
  'query webhookEndpoints': { audience: 'secretOrTest' },
  'query events': { audience: 'secretOrTest' },
  'query viewer': { audience: 'session' },
  'mutation createPayment': { audience: 'pub', sends: () => ({ input: payment }) },
  'mutation simulatePayment': {
    ...{ audience: 'secretOrTest', owned: 'test' },
    sends: ({ testPayment: id }) => ({ id, outcome: 'paid' }),
  },
  'mutation createPaymentLink': { audience: 'secretOrTest', sends: () => ({ input: { title: 'One', amount: 5, currency: 'EUR' } }) },
  'mutation updatePaymentLink': { ...ofLink, sends: ({ link: id }) => ({ input: { id, title: 'Renamed' } }) },
  'mutation payPaymentLink': { audience: 'public', sends: ({ link: id }) => ({ input: { id } }) },
  'mutation setLogo': { audience: 'session', sends: () => ({ image: null }) },
  'mutation updateAccount': { audience: 'secret', sends: () => ({ input: { grossUp: false } }) },
  'mutation closeAccount': { audience: 'recent', ends: 'account', sends: ({ password }) => ({ password }) },
  'mutation createApiKey': { audience: 'recent', sends: () => ({ input: { kind: 'secret' } }) },
  'mutation updateApiKey': { audience: 'session', owned: 'live', sends: ({ key: id }) => ({ input: { id, label: 'Renamed' } }) },
  'mutation rotateApiKey': { ...ofKey, sends: ({ key: id }) => ({ id }) },
  'mutation revokeApiKey': { ...ofKey, sends: ({ key: id }) => ({ id }) },
  'mutation createPlanInvoice': { audience: 'secret' },
  'mutation register': { audience: 'public', sends: () => ({ input: {} }) },
  'mutation pollRegistration': { audience: 'public', sends: ({ registration: registrationId }) => ({ registrationId }) },
  'mutation connectDescriptors': { audience: 'secret' },
  'mutation offerWalletConnection': { audience: 'secret' },
  'mutation saveWebhookEndpoint': { ...ofEndpoint, sends: ({ endpoint: id }) => ({ input: { id } }) },
  'mutation rotateWebhookSecret': { ...ofEndpoint, sends: ({ endpoint: id }) => ({ id }) },
  'mutation deleteWebhookEndpoint': { ...ofEndpoint, ends: 'endpoint', sends: ({ endpoint: id }) => ({ id }) },
  'mutation sendTestEvent': { ...ofEndpoint, sends: ({ endpoint: endpointId }) => ({ endpointId }) },
  'mutation redeliver': { ...ofDelivery, sends: ({ delivery: deliveryId }) => ({ deliveryId }) },
  'mutation replayEvents': { ...ofEndpoint, sends: ({ endpoint: endpointId }) => ({ endpointId, afterSequence: '0' }) },
  'mutation signUp': { audience: 'public' },
  'mutation signIn': { audience: 'public' },
  'mutation signOut': { audience: 'session', ends: 'session' },
  'mutation endSession': { audience: 'session', nobodys: true, sends: () => ({ id: 'ses_none' }) },
  'mutation requestPasswordReset': { audience: 'public' },
  'mutation resetPassword': { audience: 'public' },
  'mutation changePassword': { audience: 'recent' },
  'mutation verifyEmail': { audience: 'public' },
  'mutation requestEmailVerification': { audience: 'session' },
  'mutation changeEmail': { audience: 'recent' },
  'mutation setTotp': { audience: 'recent' },
  'mutation makeRecoveryCodes': { audience: 'recent' },
  'mutation startPasskey': { audience: 'recent' },
  'mutation addPasskey': { audience: 'recent', sends: () => ({ response: {}, label: 'x' }) },
  'mutation removePasskey': { audience: 'recent', nobodys: true, sends: () => ({ id: 'none' }) },
  'subscription checkout': { audience: 'public', sends: ({ payment: paymentId }) => ({ paymentId }) },
  'subscription paymentUpdated': { audience: 'secretOrTest', owned: 'live', sends: ({ payment: id }) => ({ id }) },
  'subscription paymentsUpdated': { audience: 'secretOrTest' },
  'subscription paymentLinksUpdated': { audience: 'secretOrTest' },
  'subscription eventAdded': { audience: 'secretOrTest' },
  'subscription deliveryUpdated': { ...ofEndpoint, sends: ({ endpoint: endpointId }) => ({ endpointId }) },
  'subscription registrationUpdated': { audience: 'public', sends: ({ registration: registrationId }) => ({ registrationId }) },
  'subscription walletOfferUpdated': { audience: 'secret', owned: 'live', sends: ({ offer: id }) => ({ id }) },
};
