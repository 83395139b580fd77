import type { LimitName } from '../../src/limits/limits.ts';
import type { RawRoute, Route, StaticRoute } from '../route.ts';
import type { Examples, Parameter, RouteDescription, RouteDescriptions, Schema } from './description.ts';
import type { ErrorCode, ErrorRow } from './errors.ts';
import { LIMITS } from '../../src/limits/limits.ts';
import { ref, TAGS } from './description.ts';
import { ERRORS, sampleError } from './errors.ts';
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
  readonly version: string;
};

/** The OpenAPI description of the routes, computed: a route that is not here does not exist, and one that exists is here. Pure. */
export function openApiDocument({ routes, descriptions, apiUrl, version }: DocumentSource): OpenApi {
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
      contact: { name: 'AvoPay', url: 'https://avopay.dev' },
    },
    servers: [{ url: apiUrl }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: SCHEMAS, securitySchemes: SECURITY_SCHEMES },
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

const SECURITY_SCHEMES = {
  secretKey: { type: 'http', scheme: 'bearer', description: 'A secret key, `ak_live_…`: for servers only. Full access.' },
  publishableKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'A publishable key, `ak_pub_…`: may stand in pages. Creates payments, nothing else.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'avopay_session',
    description: 'A signed-in browser. Changes also carry `X-AvoPay-Request: 1`.',
  },
};

/** TABLE: who may call -> what they show. */
const SECURITY: { readonly [audience: string]: readonly { readonly [scheme: string]: readonly string[] }[] } = {
  public: [],
  pub: [{ secretKey: [] }, { publishableKey: [] }],
  secret: [{ secretKey: [] }],
  session: [{ session: [] }],
  recent: [{ session: [] }],
};

function operationOf(route: AnyRoute, words: RouteDescription): Operation {
  const audience = 'audience' in route ? route.audience : 'public';
  return {
    operationId: operationIdOf(route, words),
    summary: words.summary,
    description: `${words.description} ${limitWords(route.limit)}`,
    tags: [words.tag],
    security: SECURITY[audience] ?? SECURITY['secret'] ?? [],
    parameters: parametersOf(route, words),
    ...(words.body ? { requestBody: { required: words.body.required, content: { 'application/json': contentOf(words.body) } } } : {}),
    responses: responsesOf(route, words, audience),
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

/** Every answer: the good one, what follows from the row itself, and what the description adds. */
function responsesOf(route: AnyRoute, words: RouteDescription, audience: string): Schema {
  const status = 'status' in route ? route.status : 200;
  const { reply } = words;
  const codes = new Set<ErrorCode>([
    'rate_limited',
    ...(LIMITS[route.limit].whenDown === 'closed' ? (['limits_unavailable'] as const) : []),
    ...(audience === 'public' ? [] : (['invalid_api_key'] as const)),
    ...(audience === 'public' || audience === 'pub' ? [] : (['secret_key_required'] as const)),
    ...(route.path.includes(':') ? (['bad_request'] as const) : []),
    ...(words.body ? (['invalid_json', 'body_too_large', 'unsupported_media_type'] as const) : []),
    ...(words.idempotent ? (['invalid_idempotency_key', 'idempotency_key_in_use', 'idempotency_key_reused'] as const) : []),
    ...('notFound' in route && route.notFound ? [route.notFound.code as ErrorCode] : []), // a test looks for each in the table
    ...(words.errors ?? []),
  ]);
  const byStatus = Map.groupBy(codes, (code) => rowOf(code).status);
  const failures = [...byStatus].sort(([one], [other]) => one - other).map(([at, list]) => [String(at), failureOf(list)]);
  const headers = words.idempotent
    ? { headers: { 'Idempotent-Replayed': { description: 'The stored answer to this key.', schema: { type: 'string' } } } }
    : {};
  return {
    [status]: { description: reply.description, ...headers, content: { [reply.mediaType ?? 'application/json']: contentOf(reply) } },
    ...Object.fromEntries(failures),
    default: failureOf(['unexpected']),
  };
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
