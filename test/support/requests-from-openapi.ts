import type { Arbitrary } from 'fast-check';
import type { Json } from './json.ts';
import fc from 'fast-check';

export type MadeRequest = {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string | null;
};
type Headers = { readonly [name: string]: string };
export type Known = {
  /** What really exists, by what stands before the id in the path, or by operationId where it may be put an end to, so that some requests get past "not found". */
  readonly ids: { readonly [noun: string]: readonly string[] };
  /** What shows who calls: keys, sessions, nothing. */
  readonly callers: readonly Headers[];
  /** By operationId: callers that the operation may put an end to, so that the others go on to the end of the run. */
  readonly expendable: { readonly [operationId: string]: readonly Headers[] };
};

const JUNK = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '0', 'null', '../..', '%', '__proto__', "' OR 1=1 --"),
);
/** Header values that a client can send at all. */
const HEADER = fc.stringMatching(/^[!-~]{1,30}$/);

/** Requests as the document allows them, and with one or the other thing wrong. */
export function requestsOf(document: Json, known: Known): Arbitrary<MadeRequest> {
  const operations = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  return fc.constantFrom(...operations).chain(({ path, method, operation }) => {
    const parameters = (place: string): Json[] => operation.parameters.filter((parameter: Json) => parameter.in === place);
    return fc.record({
      operationId: fc.constant<string>(operation.operationId),
      method: fc.constant(method),
      path: fc
        .tuple(
          pathOf(path, parameters('path'), { ...known, own: known.ids[operation.operationId] }, document),
          queryOf(parameters('query'), document),
        )
        .map((parts) => parts.join('')),
      headers: headersOf(callersOf(known, operation), parameters('header').length > 0, operation.requestBody !== undefined),
      body: operation.requestBody ? bodyOf(operation.requestBody.content['application/json'].schema, document) : fc.constant(null),
    });
  });
}

/** Bodies that are no JSON, of other types, too deep, too large; paths that do not decode; methods that are not there. */
export function malformedOf(document: Json, known: Known): Arbitrary<MadeRequest> {
  const raw = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.json({ maxDepth: 3 }),
    fc.json().map((text) => text.slice(0, -1)),
    fc.integer({ min: 1, max: 20_000 }).map((depth) => '[{"a":'.repeat(depth)),
    fc.integer({ min: 1, max: 70_000 }).map((length) => `{"amount":"${'9'.repeat(length)}","currency":"EUR"}`),
    fc.constantFrom(
      '',
      ' ',
      '{}',
      '[]',
      'null',
      '"',
      '{"amount":1e999,"currency":"EUR"}',
      '{"amount":-0,"currency":"EUR"}',
      '\ufeff{}',
      '{"a":1}{"b":2}',
    ),
  );
  const type = fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'x',
  );
  const spoiled = fc.constantFrom(
    '',
    '/',
    '//',
    '%',
    '%00',
    '%E0%A4%A',
    '/%2e%2e/%2e%2e',
    '?a[b]=c&a=d&limit=-1',
    '?limit=99999999999999999999',
    ';x',
    '/\u{1f600}',
    '#',
  );
  return requestsOf(document, known).chain((request) =>
    fc.record({
      operationId: fc.constant(request.operationId),
      method: fc.oneof(fc.constant(request.method), fc.constantFrom('PUT', 'POST', 'PATCH', 'DELETE', 'GET', 'HEAD', 'OPTIONS')),
      path: spoiled.map((end) => encodeURI(request.path + end).replaceAll('%25', '%')),
      headers: type.map((value) => ({ ...request.headers, 'content-type': value })),
      body: raw,
    }),
  );
}

function pathOf(
  path: string,
  parameters: readonly Json[],
  known: Known & { readonly own: readonly string[] | undefined },
  document: Json,
): Arbitrary<string> {
  const values = parameters.map((parameter) => {
    const ids = known.own ?? known.ids[new RegExp(`([\\w-]+)/\\{${parameter.name}\\}`).exec(path)?.[1] ?? ''] ?? [];
    const text = fc.oneof({ weight: 1, arbitrary: valueFor(parameter.schema, document) }, { weight: 1, arbitrary: JUNK });
    return ids.length === 0 ? text : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: text });
  });
  return fc
    .tuple(...values)
    .map((made) => parameters.reduce((text: string, { name }, index) => text.replace(`{${name}}`, segment(made[index])), path));
}

/** `.` and an empty text would name another place. */
function segment(value: unknown): string {
  const text = encodeURIComponent(String(value).toWellFormed());
  return /^\.*$/.test(text) ? 'x' : text;
}

function queryOf(parameters: readonly Json[], document: Json): Arbitrary<string> {
  const right = (parameter: Json) => (parameter.example ? fc.constant(parameter.example) : valueFor(parameter.schema, document));
  const fields = Object.fromEntries(parameters.map((parameter) => [parameter.name, right(parameter)]));
  const strange = Object.fromEntries(parameters.map((parameter) => [parameter.name, fc.oneof(right(parameter), JUNK)]));
  const query: Arbitrary<Json> = fc.oneof(fc.record(fields, { requiredKeys: [] }), fc.record(strange, { requiredKeys: [] }));
  return query.map((query) => {
    const text = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value).toWellFormed()]),
    ).toString();
    return text === '' ? '' : `?${text}`;
  });
}

/** A signed-in browser is asked for by few routes and told `session_required` by none that a key opens: each gets callers that it admits more often. */
function callersOf({ callers, expendable }: Known, { operationId, security }: Json): readonly Headers[] {
  const able = security.some((one: Json) => one.secretKey) ? 'authorization' : 'cookie';
  const admitted = callers.filter((caller) => caller[able]);
  return expendable[operationId] ?? [...callers, ...admitted, ...admitted];
}

function headersOf(callers: readonly Headers[], takesKey: boolean, hasBody: boolean): Arbitrary<{ [name: string]: string }> {
  const junk = HEADER.map((bearer): Headers => ({ authorization: `Bearer ${bearer}` }));
  const caller = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...callers) }, { weight: 1, arbitrary: junk });
  const idempotency = takesKey ? fc.option(HEADER, { freq: 4 }) : fc.constant(null);
  return fc.tuple(caller, idempotency).map(([shown, name]) => ({
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...shown,
    ...(name === null ? {} : { 'idempotency-key': name }),
  }));
}

/** A body of the schema; one in four with a field gone, strange, or one too many. */
function bodyOf(schema: Json, document: Json): Arbitrary<string> {
  const right = valueFor(schema, document);
  const wrong = fc
    .tuple(right, fc.constantFrom(...Object.keys(schema.properties), 'extra'), fc.option(fc.jsonValue()))
    .map(([value, name, strange]) => {
      const { [name]: _gone, ...rest } = value as Record<string, unknown>;
      return strange === null ? rest : { ...rest, [name]: strange };
    });
  return fc.oneof({ weight: 3, arbitrary: right }, { weight: 1, arbitrary: wrong }).map((value) => JSON.stringify(value));
}

/** Values of a schema, of the keywords that our document uses. */
function valueFor(schema: Json, document: Json): Arbitrary<unknown> {
  if (schema.$ref) return valueFor(document.components.schemas[schema.$ref.split('/').at(-1)], document);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one: Json) => valueFor(one, document)));
  const types: string[] = [schema.type ?? 'string'].flat();
  return fc.oneof(...types.map((type) => typedValue({ ...schema, type }, document)));
}

function typedValue(schema: Json, document: Json): Arbitrary<unknown> {
  if (schema.type === 'null') return fc.constant(null);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 1_000 });
  if (schema.type === 'number')
    return fc.oneof(
      fc.integer({ min: 1, max: 200_000 }).map((cents) => cents / 100),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
  if (schema.type === 'array') return fc.array(valueFor(schema.items, document), { maxLength: 5 });
  if (schema.type === 'string') return textOf(schema);
  if (!schema.properties) return fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 });
  const fields = Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, valueFor(field, document)]));
  return fc.record(fields, { requiredKeys: schema.required ?? [] });
}

function textOf({ format, pattern, minLength = 0, maxLength = 60 }: Json): Arbitrary<string> {
  if (pattern) return fc.stringMatching(new RegExp(pattern, 'u'));
  // Nobody's: the server may call it.
  if (format === 'uri')
    return fc.webUrl({ withQueryParameters: true, withFragments: true }).map((url) => url.replace(/\/\/[^/?#]*/, '//shop.invalid'));
  if (format === 'email') return fc.oneof(fc.emailAddress(), fc.constantFrom('alba@shop.example', 'no address'));
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  return fc.string({ minLength, maxLength: Math.min(maxLength, 600), unit: 'grapheme' });
}
