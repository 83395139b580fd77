import type { Request, Response } from 'express';
import type { DocumentNode, ExecutionResult } from 'graphql';
import type { Log } from '../src/lib/log.ts';
import type { Answer, RequestContext } from '../schema/context.ts';
import type { OperationResult, Route } from './route.ts';
import type { Problem } from './problem.ts';
import type { Refusal, RefusalKind } from '../src/lib/refusal.ts';
import { parse } from 'graphql';
import { isBusy } from '../src/lib/database.ts';
import { parseJson } from '../src/lib/json.ts';
import { REFUSAL_KINDS, RefusalError, SERVER_BUSY } from '../src/lib/refusal.ts';
import { forgeryOf, refusalFor } from '../schema/context.ts';
import { countedContext } from './count-request.ts';
import { sendCsv } from './csv-handler.ts';
import { sendDocument } from './document-handler.ts';
import { problemOf, sendProblem, UNEXPECTED } from './problem.ts';
import { sendJson } from './send-json.ts';

export type HandlerDeps = {
  /** The `Set-Cookie` that an answer asks for, or null. */
  readonly cookieOf: (answer: Answer) => string | null;
  /** Runs a parsed operation, known to be valid, through the same envelope as `/graphql`. */
  readonly execute: (
    document: DocumentNode,
    variables: { readonly [name: string]: unknown },
    context: RequestContext,
  ) => Promise<ExecutionResult>;
  readonly log: Log;
};

/** Answers one counted request of a route: authorisation, then the body, then the operation, each refused in the documented words. */
export function routeHandler(deps: HandlerDeps, route: Route) {
  let document: DocumentNode | undefined; // sixty rows at once would be a tenth of a start
  return async (request: Request, response: Response): Promise<void> => {
    const context = countedContext(response);
    document ??= parse(route.operation);
    const problem = await answer(deps, { route, document, context, request, response });
    if (problem) sendProblem(response, problem, context.requestId);
  };
}

type Call = {
  readonly route: Route;
  readonly document: DocumentNode;
  readonly context: RequestContext;
  readonly request: Request;
  readonly response: Response;
};

async function answer(deps: HandlerDeps, { route, document, context, request, response }: Call): Promise<Problem | null> {
  try {
    const refused = await refusalFor(context, route.audience);
    if (refused) return problemOf(refused);
    const forgery = route.method === 'GET' || route.audience === 'public' ? null : await forgeryOf(context);
    if (forgery) return problemOf(forgery);
    const body = readBody(request, route);
    if ('status' in body) return body;
    const params = request.params as { [name: string]: string }; // our paths have plain parameters only
    const query = Object.fromEntries(
      Object.entries(request.query).map(([name, value]) => [name, typeof value === 'string' ? value : undefined]),
    );
    const variables = route.variables({ params, query, body: body.value });
    const executed = await deps.execute(document, variables, context);
    const result: OperationResult = executed.data?.['result'];
    const cookie = deps.cookieOf(context.answer);
    if (cookie !== null) response.setHeader('Set-Cookie', cookie);
    const failed = problemIn(executed, result, route);
    if (failed) return failed;
    if (context.answer.idempotentReplayed) response.setHeader('Idempotent-Replayed', 'true');
    const reply = route.reply(result);
    if (route.csv) await sendCsv(response, route.csv, pagesOf(deps, { route, document, context, variables, reply }));
    else if (route.document)
      await sendDocument(response, route.document.fileName, pagesOf(deps, { route, document, context, variables, reply }));
    else sendJson(response, route.status, reply);
    return null;
  } catch (fault) {
    if (fault instanceof RefusalError) return problemOf(fault.refusal); // what a row's `variables` could not read
    if (isBusy(fault)) return problemOf(SERVER_BUSY);
    deps.log.error({ fault, requestId: context.requestId, path: route.path }, 'request failed');
    if (!response.headersSent) return UNEXPECTED;
    response.destroy(); // what was begun must not look whole
    return null;
  }
}

type Pages = { readonly first: OperationResult; readonly next: (after: string) => Promise<OperationResult> };
type Listed = Omit<Call, 'request' | 'response'> & { readonly variables: object; readonly reply: OperationResult };

/** The first page as it was read, and how to read those behind it. */
function pagesOf(deps: HandlerDeps, { route, document, context, variables, reply }: Listed): Pages {
  return {
    first: reply,
    next: async (after) => {
      const executed = await deps.execute(document, { ...variables, after }, context);
      const result: OperationResult = executed.data?.['result'];
      if (!problemIn(executed, result, route)) return route.reply(result) as OperationResult; // a csv row's reply is a page
      deps.log.error({ requestId: context.requestId, path: route.path }, 'a list broke off while it was sent');
      return null;
    },
  };
}

/** The body as a JSON object; a GET has none. */
function readBody(request: Request, route: Route): { value: { [name: string]: unknown } } | Problem {
  if (route.method === 'GET' || route.method === 'DELETE') return { value: {} };
  const text = typeof request.body === 'string' ? request.body : '';
  if (text.trim() === '') return { value: {} };
  if (!request.is('json'))
    return { status: 415, code: 'unsupported_media_type', message: 'Send the body as Content-Type: application/json' };
  const value = parseOrNull(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { status: 400, code: 'invalid_json', message: 'The request body must be a JSON object' };
  }
  return { value: value as { [name: string]: unknown } }; // checked to be an object just above
}

function parseOrNull(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null; // no JSON, or nested deeper than anybody can read
    throw error;
  }
}

function problemIn(executed: ExecutionResult, result: OperationResult, route: Route): Problem | null {
  const [error] = executed.errors ?? [];
  if (error) {
    if (error.originalError instanceof RefusalError) return problemOf(error.originalError.refusal);
    const { code, kind, retryAfterSeconds } = error.extensions;
    const known = REFUSAL_KINDS.find((item) => item === kind);
    const wait = typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {};
    return known ? problemOf({ kind: known, code: String(code), message: error.message, ...wait }) : UNEXPECTED;
  }
  if (result === null || result === undefined) return route.notFound ? { status: 404, ...route.notFound } : UNEXPECTED;
  return result.__typename === 'Refusal' ? problemOf(refusalOf(result)) : null;
}

function refusalOf(result: OperationResult): Refusal {
  const kind = String(result.kind).toLowerCase().replaceAll('_', '-') as RefusalKind; // the enum is printed from REFUSAL_KINDS
  return {
    kind,
    code: result.code,
    message: result.message,
    ...(result.retryAfterSeconds !== null ? { retryAfterSeconds: result.retryAfterSeconds } : {}),
  };
}
