import type { ErrorCode } from './errors.ts';

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 takes it. */
export type Schema = { readonly [keyword: string]: unknown };

/** TABLE: the chapters of the reference, in reading order. */
export const TAGS = {
  Payments: 'Create checkout sessions and read what became of them.',
  'Payment links': 'Reusable pages with a fixed price or one that the payer chooses.',
  'Public checkout': 'What the hosted pages call. No key is needed: whoever knows the id may pay.',
  Account: 'Your own account, its keys and its plan.',
  Registration: 'An agent’s way to an account: register, pay an invoice, poll for the key.',
  Wallet: 'Where payments settle.',
  Webhooks: 'Endpoints of yours that AvoPay calls, what it called, and the log behind it.',
  'Sign-in': 'Browser sessions of the dashboard.',
  Service: 'About this API itself.',
} as const;
export type Tag = keyof typeof TAGS;

export type Parameter = { readonly description: string; readonly schema: Schema; readonly example?: unknown };
export type Examples = { readonly [name: string]: unknown };

/**
 * What the table of routes does not say about a row: the words and shapes by which people and tools use it. To add a route:
 *
 * 1. write its row in a `*-routes.ts`;
 * 2. add an entry `'POST /api/v1/things/:id'` (method, space, path of the row) to the file of its noun in this folder, with at least `tag`,
 *    `summary`, `description` and `reply`; shapes that several routes share are named in `schemas.ts` and used as `ref('Thing')`;
 * 3. say every error of its own in `errors` by code; a code that `errors.ts` does not know is added there. What follows from the row itself
 *    (key, rate limit, body, `notFound`) is added without being said.
 *
 * `test/api/openapi.test.ts` fails for a row without an entry, an entry without a row, and an example that does not fit its schema.
 */
export type RouteDescription = {
  readonly tag: Tag;
  /** A verb phrase of at most eight words: the title of a tool. */
  readonly summary: string;
  /** When to call it and what it does not do, in whole sentences. */
  readonly description: string;
  /** Absent for rows with an operation: then it is the operation's own name. */
  readonly operationId?: string;
  /** One for each `:name` in the path; common ones are known by name. */
  readonly params?: { readonly [name: string]: Parameter };
  readonly query?: { readonly [name: string]: Parameter };
  readonly body?: { readonly schema: Schema; readonly required: boolean; readonly examples: Examples };
  readonly reply: { readonly description: string; readonly schema: Schema; readonly examples: Examples; readonly mediaType?: string };
  readonly errors?: readonly ErrorCode[];
  /** It takes an `Idempotency-Key`. */
  readonly idempotent?: boolean;
};
export type RouteDescriptions = { readonly [route: string]: RouteDescription };

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object of which every field that is described is also sent; further fields may come in later versions. */
export function object(properties: { readonly [name: string]: Schema }, optional: readonly string[] = []): Schema {
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}

/** The schema, or null. */
export function orNull(schema: Schema): Schema {
  const { type } = schema;
  return typeof type === 'string' && !('enum' in schema) ? { ...schema, type: [type, 'null'] } : { anyOf: [schema, { type: 'null' }] };
}
