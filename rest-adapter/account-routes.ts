import type { OperationResult, Route, RouteRequest } from './route.ts';
import { jsonNumber } from '../src/lib/json.ts';
import { paymentReply, PAYMENT } from './payment-reply.ts';
import { fiatNumber } from './reply.ts';
import { pageOf, REFUSAL, textIfSent, textOrNull, textsIfSent } from './variables.ts';

const KEY_FIELDS = 'id keyKind: kind mode hint label origins maxAmount rotatedFromId createdAt expiresAt revokedAt lastUsedAt';
const KEY = `... on ApiKey { ${KEY_FIELDS} }`;
const NEW_KEY = `... on NewApiKey { plaintext key { ${KEY_FIELDS} } }`;
const SETTINGS = 'settings { whenLightningIsDown toleranceSats minConfirmations grossUp redirectHosts frameOrigins }';
const ACCOUNT_FIELDS = `id name merchant { brandColour logoUrl } walletConnected publishableKey warnings ${SETTINGS}
  plan { state plan endsAt trialUsed trialLimit } keys { ${KEY_FIELDS} }`;
const ACCOUNT = '/api/v1/account';
const KEYS = `${ACCOUNT}/keys`;
const ONE_KEY = `${KEYS}/:id`;
const KEY_NOT_FOUND = { code: 'account_not_found', message: 'There is no such account any more' };

function keyReply(key: OperationResult): object {
  const maximum = key.maxAmount as { readonly [currency: string]: string } | null;
  return {
    id: key.id,
    kind: key.keyKind.toLowerCase(),
    mode: key.mode.toLowerCase(),
    hint: key.hint,
    label: key.label,
    origins: key.origins,
    max_amount: maximum && Object.fromEntries(Object.entries(maximum).map(([currency, amount]) => [currency, fiatNumber(amount)])),
    rotated_from_id: key.rotatedFromId,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
  };
}

/** The text of the key stands in this answer and nowhere else. */
function newKeyReply({ key, plaintext }: OperationResult): object {
  return { ...keyReply(key), api_key: plaintext };
}

function accountReply(account: OperationResult): object {
  const { settings, plan } = account;
  return {
    account_id: account.id,
    name: account.name,
    brand_colour: account.merchant.brandColour,
    logo_url: account.merchant.logoUrl,
    keys: account.keys.map(keyReply),
    publishable_key: account.publishableKey,
    plan: plan.plan?.toLowerCase() ?? null,
    plan_state: plan.state.toLowerCase(),
    renews_at: plan.endsAt,
    trial_used: plan.trialUsed,
    trial_limit: plan.trialLimit,
    wallet: { connected: account.walletConnected },
    settings: {
      when_lightning_is_down: settings.whenLightningIsDown.toLowerCase(),
      tolerance_sats: jsonNumber(settings.toleranceSats),
      min_confirmations: settings.minConfirmations,
      gross_up: settings.grossUp,
      redirect_hosts: settings.redirectHosts,
      frame_origins: settings.frameOrigins,
    },
    warnings: account.warnings,
  };
}

function accountChanges({ body }: RouteRequest): { readonly [name: string]: unknown } {
  const loose = (field: string, name: string) => (field in body ? { [name]: body[field] } : {});
  const grossUp = body['gross_up'];
  return {
    input: Object.assign(
      {},
      ...[textIfSent(body, 'name', 'name'), textIfSent(body, 'brand_colour', 'brandColour')],
      ...[textIfSent(body, 'when_lightning_is_down', 'whenLightningIsDown'), loose('tolerance_sats', 'toleranceSats')],
      ...[loose('min_confirmations', 'minConfirmations'), textsIfSent(body, 'redirect_hosts', 'redirectHosts')],
      textsIfSent(body, 'frame_origins', 'frameOrigins'),
      'gross_up' in body ? { grossUp: typeof grossUp === 'boolean' ? grossUp : null } : {},
    ),
  };
}

const bounds = (body: RouteRequest['body']) => [
  textsIfSent(body, 'origins', 'origins'),
  'max_amount' in body ? { maxAmount: body['max_amount'] } : {},
];

/** TABLE: the account and its keys. Additive: the documented API shows both in a dashboard only, and an agent has none. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  {
    ...{ method: 'GET', path: ACCOUNT, status: 200, audience: 'secretOrTest', crossOrigin: false, limit: 'read' },
    operation: `query GetAccount { result: account { ${ACCOUNT_FIELDS} } }`,
    variables: () => ({}),
    reply: accountReply,
    notFound: KEY_NOT_FOUND,
  },
  {
    ...{ method: 'GET', path: `${ACCOUNT}/audit`, status: 200, audience: 'secret', crossOrigin: false, limit: 'read' },
    operation: `query ListAudit($first: Int, $after: String) {
      result: auditTrail(first: $first, after: $after) {
        edges { node { id actor action subjectId facts ip createdAt } } pageInfo { hasNextPage endCursor }
      }
    }`,
    variables: ({ query }) => pageOf(query),
    reply: ({ edges, pageInfo }) => ({
      data: edges.map(({ node }: OperationResult) => ({
        ...{ id: node.id, actor: node.actor, action: node.action, subject_id: node.subjectId },
        ...{ facts: node.facts, ip: node.ip, created_at: node.createdAt },
      })),
      next_cursor: pageInfo.hasNextPage ? pageInfo.endCursor : null,
    }),
  },
  {
    ...{ method: 'PATCH', path: ACCOUNT, status: 200, audience: 'secret', crossOrigin: false, limit: 'change' },
    operation: `mutation UpdateAccount($input: AccountSettingsInput!) {
      result: updateAccount(input: $input) { __typename ... on Account { ${ACCOUNT_FIELDS} } ${REFUSAL} }
    }`,
    variables: accountChanges,
    reply: accountReply,
  },
  {
    ...{ method: 'POST', path: `${ACCOUNT}/logo`, status: 200, audience: 'session', crossOrigin: false, limit: 'logo' },
    operation: `mutation SetLogo($image: String) {
      result: setLogo(image: $image) { __typename ... on Account { ${ACCOUNT_FIELDS} } ${REFUSAL} }
    }`,
    variables: ({ body }) => ({ image: 'image' in body ? textOrNull(body['image']) : 'not a text' }), // null alone takes a logo away
    reply: accountReply,
  },
  {
    ...{ method: 'POST', path: `${ACCOUNT}/close`, status: 200, audience: 'recent', crossOrigin: false, limit: 'auth_login' },
    operation: `mutation CloseAccount($password: String) {
      result: closeAccount(password: $password) { __typename ... on Done { ok } ${REFUSAL} }
    }`,
    variables: ({ body }) => ({ password: textOrNull(body['password']) }),
    reply: () => ({ closed: true }),
  },
  {
    ...{ method: 'GET', path: KEYS, status: 200, audience: 'secretOrTest', crossOrigin: false, limit: 'read' },
    operation: `query ListApiKeys { result: account { keys { ${KEY_FIELDS} } } }`,
    variables: () => ({}),
    reply: ({ keys }) => ({ data: keys.map(keyReply), next_cursor: null }),
    notFound: KEY_NOT_FOUND,
  },
  {
    ...{ method: 'POST', path: KEYS, status: 201, audience: 'recent', crossOrigin: false, limit: 'change' },
    operation: `mutation CreateApiKey($input: CreateApiKeyInput!) {
      result: createApiKey(input: $input) { __typename ${NEW_KEY} ${REFUSAL} }
    }`,
    variables: ({ body }) => {
      const { kind, mode, label, expires_at: expiresAt } = body;
      const texts = { kind: textOrNull(kind), mode: textOrNull(mode), label: textOrNull(label), expiresAt: textOrNull(expiresAt) };
      return { input: Object.assign(texts, ...bounds(body)) };
    },
    reply: newKeyReply,
  },
  {
    ...{ method: 'PATCH', path: ONE_KEY, status: 200, audience: 'session', crossOrigin: false, limit: 'change' },
    operation: `mutation UpdateApiKey($input: UpdateApiKeyInput!) {
      result: updateApiKey(input: $input) { __typename ${KEY} ${REFUSAL} }
    }`,
    variables: ({ params, body }) => ({ input: Object.assign({ id: params['id'] }, textIfSent(body, 'label', 'label'), ...bounds(body)) }),
    reply: keyReply,
  },
  {
    ...{ method: 'DELETE', path: ONE_KEY, status: 200, audience: 'secretOrTest', crossOrigin: false, limit: 'change' },
    operation: `mutation RevokeApiKey($id: ID!) { result: revokeApiKey(id: $id) { __typename ${KEY} ${REFUSAL} } }`,
    variables: ({ params }) => ({ id: params['id'] }),
    reply: keyReply,
  },
  {
    ...{ method: 'POST', path: `${ONE_KEY}/rotate`, status: 201, audience: 'secretOrTest', crossOrigin: false, limit: 'change' },
    operation: `mutation RotateApiKey($id: ID!, $overlapHours: AmountInput) {
      result: rotateApiKey(id: $id, overlapHours: $overlapHours) { __typename ${NEW_KEY} ${REFUSAL} }
    }`,
    variables: ({ params, body }) => ({ id: params['id'], overlapHours: body['overlap_hours'] }),
    reply: newKeyReply,
  },
  {
    ...{
      method: 'POST',
      path: '/api/v1/payments/:payment_id/simulate',
      status: 200,
      audience: 'secretOrTest',
      crossOrigin: false,
      limit: 'change',
    },
    operation: `mutation SimulatePayment($id: ID!, $outcome: String) {
      result: simulatePayment(id: $id, outcome: $outcome) { __typename ... on Payment { ${PAYMENT} } ${REFUSAL} }
    }`,
    variables: ({ params, body }) => ({ id: params['payment_id'], outcome: textOrNull(body['outcome']) }),
    reply: paymentReply,
  },
];
