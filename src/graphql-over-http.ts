import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Request, Response } from 'express';
import type { Answer, Asked, RequestContext, Web } from '../schema/context.ts';
import type { KnownDocument, KnownDocuments } from './known-documents.ts';
import { textOf } from '../schema/persisted.ts';

/** What a transport was sent, before anything of it is read. */
export type Sent = { readonly query?: unknown; readonly variables?: unknown };

/** What a request to `/graphql` brings to Yoga: who asks and, where something was done for it already, how far that went. */
export type Begun = {
  readonly address: string;
  readonly web: Web;
  readonly answer: Answer;
  /** The context that was made for it, so that nothing is asked twice. */
  readonly made?: RequestContext;
  /** What the operation came to: it only remains to be written. */
  readonly result?: ExecutionResult;
};

export type PlainDeps = {
  readonly documents: Pick<KnownDocuments, 'find'>;
  readonly makeContext: (asked: Asked) => RequestContext;
  readonly admit: (sent: Sent, context: RequestContext) => Promise<GraphQLError | null>;
  readonly run: (operation: Operation, context: RequestContext) => Promise<ExecutionResult>;
  /** The `Set-Cookie` that an answer asks for, or null. */
  readonly cookieOf: (answer: Answer) => string | null;
};

/** A document that was parsed and validated, and what it is run with. */
export type Operation = Pick<KnownDocument, 'document'> & {
  readonly variables: { readonly [name: string]: unknown } | null | undefined;
  readonly operationName?: string | null | undefined;
};

/**
 * The common request without the Fetch API, which costs more than all the rest of it: one JSON body over POST, with a document that was
 * answered before. Null: it was answered. Everything else, and every answer that has errors, is Yoga's to write, from what was begun here.
 */
export async function answerPlainly(
  deps: PlainDeps,
  { request, response }: { request: Request; response: Response },
  begun: Begun,
): Promise<Begun | null> {
  const plain = readPlain(request, deps.documents);
  if (!plain) return begun;
  const { authorization = null, origin = null } = request.headers;
  const idempotencyKey = request.get('Idempotency-Key') ?? null;
  const made = deps.makeContext({ ...{ authorization, origin, idempotencyKey }, ...begun });
  const isAdmitted = await deps.admit(plain, made).then(
    (refused) => refused === null,
    () => false, // Yoga asks once more, and words the fault as ever
  );
  if (!isAdmitted) return { ...begun, made };
  const result = await deps.run(plain, made);
  if (!('data' in result)) return { ...begun, made }; // the variables do not fit: nothing was done
  if (result.errors) return { ...begun, made, result };
  const cookie = deps.cookieOf(begun.answer);
  if (cookie !== null) response.setHeader('Set-Cookie', cookie);
  response.setHeader('Content-Type', `${plain.mediaType}; charset=utf-8`);
  response.end(JSON.stringify(result));
  return null;
}

type Plain = Operation & { readonly query: string; readonly mediaType: string };

const JSON_TYPES = new Set([
  'application/json',
  ...['utf-8', 'UTF-8'].flatMap((name) => [`application/json;charset=${name}`, `application/json; charset=${name}`]),
]);

/** TABLE: what the common clients accept, and what they get; any other wish is negotiated by Yoga. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/json, text/plain, */*', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/graphql-response+json, application/json', 'application/graphql-response+json'],
]);

const PARAMETERS = new Set(['query', 'variables', 'operationName', 'extensions']);

/** Null when anything about the request is out of the ordinary. */
function readPlain(request: Request, documents: PlainDeps['documents']): Plain | null {
  const { method, headers, originalUrl, body } = request;
  const mediaType = MEDIA_TYPES.get(headers.accept ?? '*/*');
  if (method !== 'POST' || originalUrl !== '/graphql' || mediaType === undefined || typeof body !== 'string') return null;
  if (!JSON_TYPES.has(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) return null;
  const sent = parseOrNull(body);
  if (!isObject(sent) || Object.keys(sent).some((name) => !PARAMETERS.has(name))) return null;
  const { variables, operationName, extensions } = sent;
  if (!isObjectOrNone(variables) || !isObjectOrNone(extensions)) return null;
  const query = textOf(sent);
  const known = typeof query === 'string' ? documents.find(query) : null;
  if (typeof query !== 'string' || !known) return null;
  const isNamed = operationName === undefined || operationName === null || operationName === known.operation.name?.value;
  return isNamed ? { query, mediaType, variables, document: known.document } : null;
}

type JsonObject = { readonly [name: string]: unknown };

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isObjectOrNone(value: unknown): value is JsonObject | null | undefined {
  return value === undefined || value === null || isObject(value);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
