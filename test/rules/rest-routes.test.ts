import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { HTTP_STATUS } from '../../rest-adapter/problem.ts';
import { ROUTES } from '../../rest-adapter/routes.ts';
import { schema } from '../../schema/index.ts';
import { LIMITS } from '../../src/limits/limits.ts';
import { REFUSAL_KINDS } from '../../src/lib/refusal.ts';

test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s names an operation that the schema has',
  (_name, route) => {
    expect(validate(schema, parse(route.operation)).map((error) => error.message)).toEqual([]);
  },
);

test('X-11: every mutation has a REST row', () => {
  const operations = ROUTES.map((route) => route.operation).join('\n');
  for (const name of Object.keys(schema.getMutationType()?.getFields() ?? {}))
    expect(operations, name).toMatch(new RegExp(`result: ${name}\\b`));
});

test('X-4: a REST row spends the same limit as the field that it names', () => {
  for (const { method, path, operation, limit, unsafeGet } of ROUTES) {
    const [field = ''] = /(?<=result: )\w+/.exec(operation) ?? [];
    const place = method === 'GET' && !unsafeGet ? schema.getQueryType() : schema.getMutationType();
    expect(place?.getFields()[field]?.extensions['limit'], `${method} ${path}`).toBe(limit);
  }
});

test('every root field spends a limit', () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((type) => Object.values(type?.getFields() ?? {}));
  expect(fields.length).toBeGreaterThan(5);
  for (const field of fields) expect(Object.keys(LIMITS), field.name).toContain(field.extensions['limit']);
});

test('B-3: every refusal has its documented status', () => {
  expect(REFUSAL_KINDS.map((kind) => [kind, HTTP_STATUS[kind]])).toEqual([
    ['invalid', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['payment-required', 402],
    ['not-found', 404],
    ['conflict', 409],
    ['gone', 410],
    ['rate-limited', 429],
    ['unavailable', 503],
  ]);
});

test('every field and type of the schema is described', () => {
  const bare = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__') || !('getFields' in type) || ['Query', 'Mutation', 'Subscription', 'PageInfo'].includes(type.name))
      return [];
    return Object.values(type.getFields())
      .filter((field) => !field.description && !/(Connection|Edge)$/.test(type.name))
      .map((field) => `${type.name}.${field.name}`);
  });
  expect(bare).toEqual([]);
});
