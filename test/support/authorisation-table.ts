import type { CallerName, Cell } from './authorisation.ts';
import type { Json } from './json.ts';

/**
 * Who may ask: anybody; any key or session; secret keys and sessions; sessions; sessions that gave a password or a second factor in the
 * last ten minutes; and routes that other servers call, which answer everybody alike.
 */
export type Audience = 'public' | 'pub' | 'secret' | 'session' | 'recent';

/** What account A has, and a caller asks for. */
export type Things = { readonly payment: string; readonly link: string; readonly address: string };

export type MatrixRow = {
  readonly audience: Audience;
  /** The request is about one thing of account A: account B is told that there is no such thing. */
  readonly owned?: true;
  /** The request is about a thing that nobody has: whoever is let in is told so. */
  readonly nobodys?: true;
  /** The request ends the session that asks: each cell asks with one of its own. */
  readonly endsSession?: true;
  /** Body of the route, or the variables of the field. */
  readonly sends?: (things: Things) => Json;
};

/** What the table promises of one cell. */
export function promised({ audience, owned, nobodys }: MatrixRow, caller: CallerName): Cell {
  if (audience === 'public') return 'in';
  if (caller === 'none' || caller === 'page') return '401';
  if (caller === 'publishable' && audience !== 'pub') return '403';
  if (caller.startsWith('secret') && (audience === 'session' || audience === 'recent')) return '403';
  if (nobodys) return '404';
  return owned && caller.endsWith('B') ? '404' : 'in';
}

const payment = { amount: 5, currency: 'EUR' };
const link = { title: 'A link of the matrix', amount_fiat: 5, currency: 'EUR' };

/** TABLE: every REST route. */
export const REST_MATRIX: { readonly [route: string]: MatrixRow } = {
  'POST /api/v1/payments': { audience: 'pub', sends: () => payment },
  'GET /api/v1/payments/:payment_id': { audience: 'secret', owned: true },
  'POST /api/v1/payment-links': { audience: 'secret', sends: () => link },
  'GET /api/v1/payment-links': { audience: 'secret' },
  'GET /api/v1/payment-links/:id': { audience: 'secret', owned: true },
  'PATCH /api/v1/payment-links/:id': { audience: 'secret', owned: true, sends: () => ({ title: 'Renamed' }) },
  'DELETE /api/v1/payment-links/:id': { audience: 'secret', owned: true },
  'GET /api/v1/checkout/link/:link_id': { audience: 'public' },
  'POST /api/v1/checkout/link/:link_id/pay': { audience: 'public' },
  'POST /api/v1/auth/signup': { audience: 'public' },
  'POST /api/v1/auth/login': { audience: 'public' },
  'POST /api/v1/auth/logout': { audience: 'session', endsSession: true },
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
  'query payment': { audience: 'secret', owned: true, sends: ({ payment: id }) => ({ id }) },
  'query payments': { audience: 'secret' },
  'query paymentLink': { audience: 'secret', owned: true, sends: ({ link: id }) => ({ id }) },
  'query paymentLinks': { audience: 'secret' },
  'query publicLink': { audience: 'public', sends: ({ link: id }) => ({ id }) },
  'query preview': { audience: 'public', sends: () => payment },
  'mutation createPayment': { audience: 'pub', sends: () => ({ input: payment }) },
  'mutation createPaymentLink': { audience: 'secret', sends: () => ({ input: { title: 'One', amount: 5, currency: 'EUR' } }) },
  'mutation updatePaymentLink': { audience: 'secret', owned: true, sends: ({ link: id }) => ({ input: { id, title: 'Renamed' } }) },
  'mutation payPaymentLink': { audience: 'public', sends: ({ link: id }) => ({ input: { id } }) },
  'query viewer': { audience: 'session' },
  'mutation signUp': { audience: 'public' },
  'mutation signIn': { audience: 'public' },
  'mutation signOut': { audience: 'session', endsSession: true },
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
  'subscription paymentUpdated': { audience: 'secret', owned: true, sends: ({ payment: id }) => ({ id }) },
  'subscription paymentLinksUpdated': { audience: 'secret' },
};
