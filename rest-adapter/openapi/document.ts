import type { Audience } from '../../schema/audience.ts';
import type { LimitName } from '../../src/limits/limits.ts';
import type { RawRoute, Route, StaticRoute } from '../route.ts';
import type { Examples, Parameter, RouteDescription, RouteDescriptions, Schema } from './description.ts';
import type { ErrorRow } from './error-row.ts';
import type { ErrorCode } from './errors.ts';
import { LIMITS } from '../../src/limits/limits.ts';
import { ref, TAGS } from './description.ts';
import { ACCOUNT_SCHEMAS } from './account-schemas.ts';
import { ERRORS, sampleError } from './errors.ts';
import { HOOK_SCHEMAS } from './hook-schemas.ts';
import { LINK_ID, PAYMENT_ID, SAMPLE, SCHEMAS } from './schemas.ts';

export type OpenApi = {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
} & Schema;
export type Operation = Schema & { readonly operationId: string; readonly summary: string; readonly tags: readonly string[] };

type AnyRoute = Route | RawRoute | StaticRoute;
export type DocumentSource = {
  readonly routes: readonly AnyRoute[];
  readonly descriptions: RouteDescriptions;
  readonly apiUrl: string;
  /** Null: nothing is said of terms. */
  readonly termsUrl?: string | null;
  /** Of the session. */
  readonly cookieName: string;
  readonly version: string;
};

/** The OpenAPI description of the routes, computed: a route that is not here does not exist, and one that exists is here. Pure. */
export function openApiDocument({ routes, descriptions, apiUrl, termsUrl = null, cookieName, version }: DocumentSource): OpenApi {
  const paths: { [path: string]: { [method: string]: Operation } } = {};
  for (const route of routes.filter(({ path }) => path.startsWith('/api/v1/'))) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, descriptions[nameOf(route)] ?? UNDESCRIBED) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AvoPay Web API',
      version,
      description: `Accept Bitcoin Lightning and Liquid (L-BTC) payments that settle into the merchant’s own AQUA wallet. The guide is at ${apiUrl}/docs.`,
      ...(termsUrl === null ? {} : { termsOfService: termsUrl }),
      contact: { name: 'AvoPay', url: 'https://avopay.dev' },
    },
    servers: [{ url: apiUrl }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: { ...SCHEMAS, ...ACCOUNT_SCHEMAS, ...HOOK_SCHEMAS }, securitySchemes: securitySchemes(cookieName) },
  };
}

/** `POST /api/v1/payments`: how descriptions name a row. */
export function nameOf(route: { readonly method: string; readonly path: string }): string {
  return `${route.method} ${route.path}`;
}

/** Stands in for words that are missing, so that the route is at least listed; a test refuses it. */
const UNDESCRIBED: RouteDescription = {
  tag: 'Service',
  summary: 'Not described yet',
  description: 'This route is not described yet.',
  reply: { description: 'Done.', schema: { type: 'object' }, examples: {} },
};

const securitySchemes = (cookieName: string) => ({
  secretKey: { type: 'http', scheme: 'bearer', description: 'A live secret key, `ak_live_…`: for servers only. Full access.' },
  testKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'A test secret key, `ak_test_…`: for servers and colleagues. Sees and does what moves no money.',
  },
  publishableKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'A publishable key, `ak_pub_…`: may stand in pages. Creates payments, nothing else.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: cookieName,
    description: 'A signed-in browser. What changes something also carries `X-AvoPay-Request: 1` and an allowed `Origin`.',
  },
});

type Access = { readonly schemes: readonly string[]; readonly refusals: readonly ErrorCode[] };

/** TABLE: who may call -> what they show, and what others are told. */
const ACCESS: { readonly [Who in Audience]: Access } = {
  public: { schemes: [], refusals: [] },
  pub: { schemes: ['secretKey', 'testKey', 'publishableKey', 'session'], refusals: ['invalid_api_key', 'origin_not_allowed'] },
  secret: { schemes: ['secretKey', 'session'], refusals: ['invalid_api_key', 'secret_key_required', 'live_key_required'] },
  secretOrTest: { schemes: ['secretKey', 'testKey', 'session'], refusals: ['invalid_api_key', 'secret_key_required'] },
  session: { schemes: ['session'], refusals: ['not_signed_in', 'session_required'] },
  recent: { schemes: ['session'], refusals: ['not_signed_in', 'session_required', 'sign_in_again'] },
};

function operationOf(route: AnyRoute, words: RouteDescription): Operation {
  const { schemes } = ACCESS[audienceOf(route)];
  return {
    operationId: operationIdOf(route, words),
    summary: words.summary,
    description: `${words.description} ${limitWords(route.limit)}`,
    tags: [words.tag],
    security: schemes.map((scheme) => ({ [scheme]: [] })),
    parameters: parametersOf(route, words),
    ...(words.body ? { requestBody: { required: words.body.required, content: { 'application/json': contentOf(words.body) } } } : {}),
    responses: responsesOf(route, words),
  };
}

function operationIdOf(route: AnyRoute, words: RouteDescription): string {
  const [, name = ''] = 'operation' in route ? (/(?:query|mutation)\s+(\w+)/.exec(route.operation) ?? []) : [];
  return words.operationId ?? (name === '' ? nameOf(route) : `${name.charAt(0).toLowerCase()}${name.slice(1)}`);
}

const WHOSE: { readonly [subject: string]: string } = {
  ip: 'from one address',
  key: 'with one key',
  account: 'of one account',
  email: 'for one e-mail address',
};

function limitWords(name: LimitName): string {
  const { limit, windowMs, per } = LIMITS[name];
  const minutes = windowMs / 60_000;
  const window = minutes === 1 ? 'a minute' : minutes === 60 ? 'an hour' : `in ${minutes} minutes`;
  return `At most ${limit} requests ${window} ${WHOSE[per]}.`;
}

/** TABLE: path parameters that mean the same wherever they stand. */
const KNOWN_PARAMS: { readonly [name: string]: Parameter } = {
  payment_id: { description: 'Id of the payment.', schema: PAYMENT_ID, example: SAMPLE.paymentId },
  link_id: { description: 'Id of the payment link.', schema: LINK_ID, example: SAMPLE.linkId },
  id: { description: 'Id of the thing, as lists and answers give it.', schema: { type: 'string' } },
};
const PAGING: { readonly [name: string]: Parameter } = {
  limit: { description: 'Rows on a page.', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
  cursor: { description: '`next_cursor` of the page before.', schema: { type: 'string' } },
};

function parametersOf(route: AnyRoute, words: RouteDescription): readonly Schema[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const known =
      words.params?.[name] ?? (name === 'id' && route.path.includes('payment-links') ? KNOWN_PARAMS['link_id'] : KNOWN_PARAMS[name]);
    return { name, in: 'path', required: true, ...(known ?? { description: name, schema: { type: 'string' } }) };
  });
  const inQuery = Object.entries({ ...(words.errors?.includes('invalid_cursor') ? PAGING : {}), ...words.query });
  const key = { name: 'Idempotency-Key', in: 'header', description: IDEMPOTENCY, schema: { type: 'string', minLength: 1, maxLength: 255 } };
  return [...inPath, ...inQuery.map(([name, parameter]) => ({ name, in: 'query', ...parameter })), ...(words.idempotent ? [key] : [])];
}

const IDEMPOTENCY =
  'A text of your own that names this request: repeated with the same body within 24 hours, it answers the same thing once more.';

function contentOf({ schema, examples }: { readonly schema: Schema; readonly examples: Examples }): Schema {
  return { schema, examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])) };
}

function audienceOf(route: AnyRoute): Audience {
  return 'audience' in route ? route.audience : 'public';
}

/** Every answer: the good one, what follows from the row itself, and what the description adds. */
function responsesOf(route: AnyRoute, words: RouteDescription): Schema {
  const status = 'status' in route ? route.status : 200;
  const { reply } = words;
  const nothing = 'notFound' in route ? (route.notFound?.code as ErrorCode | undefined) : undefined; // a test looks for each in the table
  const codes = new Set<ErrorCode>([...refusalsOf(route), ...(nothing ? [nothing] : []), ...(words.errors ?? [])]);
  if (words.idempotent) for (const code of IDEMPOTENCY_REFUSALS) codes.add(code);
  const byStatus = Map.groupBy(codes, (code) => (code === nothing ? 404 : rowOf(code).status));
  const failures = [...byStatus].sort(([one], [other]) => one - other).map(([at, list]) => [String(at), failureOf(list)]);
  const headers = words.idempotent
    ? { headers: { 'Idempotent-Replayed': { description: 'The stored answer to this key.', schema: { type: 'string' } } } }
    : {};
  return {
    [status]: { description: reply.description, ...headers, content: { [reply.mediaType ?? 'application/json']: contentOf(reply) } },
    ...Object.fromEntries(failures),
    default: failureOf(['unexpected', 'server_busy']),
  };
}

const IDEMPOTENCY_REFUSALS = ['invalid_idempotency_key', 'idempotency_key_in_use', 'idempotency_key_reused'] as const;

/** What a row is refused for by being that row, whatever it does. */
function refusalsOf(route: AnyRoute): readonly ErrorCode[] {
  const readsBody = 'operation' in route && (route.method === 'POST' || route.method === 'PATCH');
  const isGuarded = route.method !== 'GET' && audienceOf(route) !== 'public';
  return [
    ...(['rate_limited'] as const),
    ...(LIMITS[route.limit].whenDown === 'closed' ? (['limits_unavailable'] as const) : []),
    ...ACCESS[audienceOf(route)].refusals,
    ...(isGuarded ? (['not_from_our_pages'] as const) : []),
    ...(route.path.includes(':') ? (['bad_request'] as const) : []),
    ...(readsBody ? (['invalid_json', 'body_too_large', 'unsupported_media_type'] as const) : []),
  ];
}

function rowOf(code: ErrorCode): ErrorRow {
  return ERRORS[code] ?? ERRORS.unexpected;
}

function failureOf(codes: readonly ErrorCode[]): Schema {
  const examples = codes.map((code) => [
    code,
    { error: sampleError(rowOf(code).error), code, request_id: 'req_0123456789abcdefghjkmnpqrs' },
  ]);
  const waits = codes.some((code) => [429, 503].includes(rowOf(code).status));
  const retry = { headers: { 'Retry-After': { description: 'Seconds until the next try can succeed.', schema: { type: 'integer' } } } };
  return {
    description: codes.map((code) => rowOf(code).meaning).join(' '),
    ...(waits ? retry : {}),
    content: { 'application/json': contentOf({ schema: ref('Error'), examples: Object.fromEntries(examples) }) },
  };
}
