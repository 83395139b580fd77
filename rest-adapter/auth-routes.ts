import type { OperationResult, Route, RouteRequest } from './route.ts';
import { REFUSAL, textOrNull } from './variables.ts';

type Body = RouteRequest['body'];

/** Of a password only what was typed counts: a number or a list is as good as nothing. */
function secretOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** An authenticator's answer, or nothing. */
function objectOrNull(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

const SIGNED_IN = `__typename ... on SignedIn { accountId needs passkeyOptions } ${REFUSAL}`;
const DONE = `__typename ... on Done { ok } ${REFUSAL}`;

/** The documented two fields first. The session is in the cookie alone. */
function signedInReply(result: OperationResult): object {
  const { accountId, needs, passkeyOptions } = result;
  return { account_id: accountId, needs, ...(passkeyOptions === null ? {} : { passkey_options: passkeyOptions }) };
}

type DoneRow = Pick<Route, 'path' | 'audience' | 'limit' | 'variables'> & {
  readonly method?: 'DELETE';
  /** The operation's arguments, and the field with its own. */
  readonly args: string;
  readonly field: string;
};

/** A row that answers `{"ok": true}`; its operation is called as its field is. */
function doneRow({ args, field, method, ...row }: DoneRow): Route {
  return {
    ...{ ...row, method: method ?? 'POST', status: 200, crossOrigin: false },
    operation: `mutation ${field.charAt(0).toUpperCase()}${(/^\w+/.exec(field)?.[0] ?? '').slice(1)}${args} { result: ${field} { ${DONE} } }`,
    reply: () => ({ ok: true }),
  };
}

const user = (result: OperationResult): object => ({
  account_id: result.accountId,
  user_id: result.id,
  email: result.email,
  email_verified: result.emailVerified,
  totp: result.totp,
  passkeys: result.passkeys.map((one: OperationResult) => ({ id: one.id, label: one.label, created_at: one.createdAt })),
  sessions: result.sessions.map((one: OperationResult) => ({
    ...{ id: one.id, current: one.current, ip: one.ip, user_agent: one.userAgent },
    ...{ created_at: one.createdAt, last_seen_at: one.lastSeenAt, expires_at: one.expiresAt },
  })),
});

/** TABLE: people and their sessions. No other site may call them, and the cookie alone changes nothing (conformance B-8, N-1, N-2). */
export const AUTH_ROUTES: readonly Route[] = [
  {
    ...{ method: 'POST', path: '/api/v1/auth/signup', status: 201, audience: 'public', limit: 'account_signup', crossOrigin: false },
    operation: `mutation SignUp($email: String, $password: String, $name: String, $termsAccepted: Boolean) {
      result: signUp(email: $email, password: $password, name: $name, termsAccepted: $termsAccepted) { ${SIGNED_IN} }
    }`,
    variables: ({ body }) => ({ ...credentials(body), name: textOrNull(body['name']), termsAccepted: body['terms_accepted'] === true }),
    reply: signedInReply,
  },
  {
    ...{ method: 'POST', path: '/api/v1/auth/login', status: 200, audience: 'public', limit: 'auth_login', crossOrigin: false },
    operation: `mutation SignIn($email: String, $password: String, $code: String, $passkey: JSONObject) {
      result: signIn(email: $email, password: $password, code: $code, passkey: $passkey) { ${SIGNED_IN} }
    }`,
    variables: ({ body }) => ({ ...credentials(body), code: textOrNull(body['code']), passkey: objectOrNull(body['passkey']) }),
    reply: signedInReply,
  },
  doneRow({
    ...{ path: '/api/v1/auth/logout', audience: 'session', limit: 'change' },
    ...{ args: '($everywhere: Boolean)', field: 'signOut(everywhere: $everywhere)' },
    variables: ({ body }) => ({ everywhere: body['everywhere'] === true }),
  }),
  {
    ...{ method: 'GET', path: '/api/v1/auth/session', status: 200, audience: 'session', limit: 'read', crossOrigin: false },
    operation: `query Viewer {
      result: viewer {
        id accountId email emailVerified totp passkeys { id label createdAt }
        sessions { id current ip userAgent createdAt lastSeenAt expiresAt }
      }
    }`,
    variables: () => ({}),
    reply: user,
  },
  doneRow({
    ...{ method: 'DELETE', path: '/api/v1/auth/sessions/:id', audience: 'session', limit: 'change' },
    ...{ args: '($id: ID!)', field: 'endSession(id: $id)' },
    variables: ({ params }) => ({ id: params['id'] }),
  }),
  doneRow({
    ...{ path: '/api/v1/auth/password/reset', audience: 'public', limit: 'change' },
    ...{ args: '($email: String)', field: 'requestPasswordReset(email: $email)' },
    variables: ({ body }) => ({ email: textOrNull(body['email']) }),
  }),
  doneRow({
    ...{ path: '/api/v1/auth/password/reset/confirm', audience: 'public', limit: 'change' },
    ...{ args: '($token: String, $password: String)', field: 'resetPassword(token: $token, password: $password)' },
    variables: ({ body }) => ({ token: secretOrNull(body['token']), password: secretOrNull(body['password']) }),
  }),
  doneRow({
    ...{ path: '/api/v1/auth/password', audience: 'recent', limit: 'auth_login' },
    ...{ args: '($current: String, $password: String)', field: 'changePassword(current: $current, password: $password)' },
    variables: ({ body }) => ({ current: secretOrNull(body['current']), password: secretOrNull(body['password']) }),
  }),
  doneRow({
    ...{ path: '/api/v1/auth/verify', audience: 'public', limit: 'change' },
    ...{ args: '($token: String)', field: 'verifyEmail(token: $token)' },
    variables: ({ body }) => ({ token: secretOrNull(body['token']) }),
  }),
  doneRow({
    ...{ path: '/api/v1/auth/verify/request', audience: 'session', limit: 'change' },
    ...{ args: '', field: 'requestEmailVerification' },
    variables: () => ({}),
  }),
  doneRow({
    ...{ path: '/api/v1/auth/email', audience: 'recent', limit: 'change' },
    ...{ args: '($email: String)', field: 'changeEmail(email: $email)' },
    variables: ({ body }) => ({ email: textOrNull(body['email']) }),
  }),
  doneRow({
    ...{ path: '/api/v1/auth/totp', audience: 'recent', limit: 'auth_login' },
    ...{ args: '($secret: String, $code: String)', field: 'setTotp(secret: $secret, code: $code)' },
    variables: ({ body }) => ({ secret: textOrNull(body['secret']), code: textOrNull(body['code']) }),
  }),
  {
    ...{ method: 'POST', path: '/api/v1/auth/recovery-codes', status: 201, audience: 'recent', limit: 'change', crossOrigin: false },
    operation: `mutation MakeRecoveryCodes { result: makeRecoveryCodes { __typename ... on RecoveryCodes { codes } ${REFUSAL} } }`,
    variables: () => ({}),
    reply: ({ codes }) => ({ codes }),
  },
  {
    ...{ method: 'POST', path: '/api/v1/auth/passkeys/options', status: 200, audience: 'recent', limit: 'change', crossOrigin: false },
    operation: `mutation StartPasskey { result: startPasskey { __typename ... on PasskeyOptions { options } ${REFUSAL} } }`,
    variables: () => ({}),
    reply: ({ options }) => options,
  },
  doneRow({
    ...{ path: '/api/v1/auth/passkeys', audience: 'recent', limit: 'change' },
    ...{ args: '($response: JSONObject, $label: String)', field: 'addPasskey(response: $response, label: $label)' },
    variables: ({ body }) => ({ response: objectOrNull(body['response']), label: textOrNull(body['label']) }),
  }),
  doneRow({
    ...{ method: 'DELETE', path: '/api/v1/auth/passkeys/:id', audience: 'recent', limit: 'change' },
    ...{ args: '($id: ID!)', field: 'removePasskey(id: $id)' },
    variables: ({ params }) => ({ id: params['id'] }),
  }),
];

function credentials(body: Body): { readonly email: string | null; readonly password: string | null } {
  return { email: textOrNull(body['email']), password: secretOrNull(body['password']) };
}
