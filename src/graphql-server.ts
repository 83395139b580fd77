import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';
import type { DocumentNode, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Answer, Asked, RequestContext, UseCases } from '../schema/context.ts';
import type { Begun, Operation, Sent } from './graphql-over-http.ts';
import type { KnownDocuments } from './known-documents.ts';
import type { Log } from './lib/log.ts';
import { EnvelopArmor } from '@escape.tech/graphql-armor';
import { execute, GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { makeContext, refusalFor } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import { textOf } from '../schema/persisted.ts';
import { documentFault, variablesFault } from './graphql-limits.ts';
import { answerPlainly } from './graphql-over-http.ts';
import { knownDocuments } from './known-documents.ts';
import { isBusy } from './lib/database.ts';
import { RefusalError, SERVER_BUSY } from './lib/refusal.ts';
import { shareExecutions } from '../subscriptions/shared-execution.ts';

/** Depth: payments > edges > node > deliveries > edges > node > attempts > … is 8 deep already. The rest is far above what our own pages ask. */
const LIMITS = { depth: 12, aliases: 10, directives: 10, tokens: 500, cost: 2_000 } as const;

/** HTTP requests say who asks, as limits count it; sockets and REST routes bring the context ready made. */
type Initial = Partial<Omit<Begun, 'made'>> & { made?: RequestContext };
type GraphqlOptions = {
  readonly explorable: boolean;
  readonly log: Log;
  /** The `Set-Cookie` that an answer asks for, or null. */
  readonly cookieOf: (answer: Answer) => string | null;
};
export type GraphqlServer = ReturnType<typeof makeGraphqlServer>;

/** The one pipeline that `/graphql`, the sockets and the REST routes run through: context, limits, masking. */
export function makeGraphqlServer(app: UseCases, options: GraphqlOptions) {
  const armor = new EnvelopArmor({
    maxDepth: { n: LIMITS.depth, ignoreIntrospection: true }, // who may introspect is `admit`'s to say; the stock document is 13 deep
    maxAliases: { n: LIMITS.aliases },
    maxDirectives: { n: LIMITS.directives },
    maxTokens: { n: LIMITS.tokens },
    costLimit: { maxCost: LIMITS.cost, ignoreIntrospection: true },
  }).protect();
  const admit = (asked: Sent, context: RequestContext) => admitted(asked, context, options.explorable);
  const documents = knownDocuments();
  const mask = (error: unknown) => maskError(error, options.log);
  const yoga = createYoga<Initial, RequestContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: options.explorable,
    cors: false,
    logging: false,
    multipart: false,
    maskedErrors: { maskError: mask },
    context: (initial) => contextOf(app, initial, initial.request),
    plugins: [
      guard(app, admit, documents),
      ...armor.plugins,
      shareExecutions(),
      {
        onResponse: ({ response, serverContext }: { response: Response; serverContext: Initial }) => {
          const cookie = serverContext.answer ? options.cookieOf(serverContext.answer) : null;
          if (cookie !== null) response.headers.append('set-cookie', cookie);
        },
      },
    ],
  });
  const run = async ({ document, variables, operationName }: Operation, context: RequestContext): Promise<ExecutionResult> => {
    const result = await execute({ schema, document, variableValues: variables, operationName, contextValue: { ...context } });
    return result.errors ? { ...result, errors: result.errors.map((error) => mask(error)) } : result;
  };
  const contextFor = (asked: Asked) => makeContext(app, asked);
  const plainDeps = { documents, makeContext: contextFor, admit, run, cookieOf: options.cookieOf };
  return {
    schema,
    yoga,
    makeContext: contextFor,
    admit,
    mask,
    /** Runs a document that was parsed and validated earlier. */
    execute: (document: DocumentNode, variables: { readonly [name: string]: unknown }, context: RequestContext) =>
      run({ document, variables }, context),
    /** Answers a request to `/graphql` whose JSON body was read as text. */
    answer: async (request: ExpressRequest, response: ExpressResponse, asked: Begun): Promise<void> => {
      const begun = await answerPlainly(plainDeps, { request, response }, asked);
      if (begun) await yoga(request, response, begun);
    },
  };
}

/** First of all plugins: what it refuses is neither validated nor run. */
function guard(
  app: UseCases,
  admit: (asked: Sent, context: RequestContext) => Promise<GraphQLError | null>,
  documents: KnownDocuments,
): Plugin<object, Initial> {
  return {
    onParams: async ({ params, request, context, setParams, setResult }) => {
      if (context.result) return setResult(context.result);
      context.made = contextOf(app, context, request);
      const query = textOf(params);
      if (query instanceof GraphQLError) throw query; // a result would be passed over for want of a text
      const error = await admit(params, context.made);
      if (error) setResult({ errors: [error] });
      else if (typeof query === 'string') setParams({ ...params, query });
    },
    onValidate: ({ params, setResult }) => {
      const error = documentFault(params.schema, params.documentAST);
      if (error) setResult([error]);
      return ({ valid }) => {
        if (valid) documents.learn(params.documentAST);
      };
    },
  };
}

/** Sockets and REST routes bring a context and no request. */
function contextOf(app: UseCases, { made, address, web, answer }: Initial, request: Request): RequestContext {
  if (made) return made;
  if (address === undefined) throw new Error('a request without an address cannot be counted');
  const { headers } = request;
  return makeContext(app, {
    ...{ authorization: headers.get('authorization'), idempotencyKey: headers.get('idempotency-key'), address },
    ...{ origin: headers.get('origin'), ...(web ? { web } : {}), ...(answer ? { answer } : {}) },
  });
}

/** A name cannot be written in any other way, so looking for it is enough; a text that merely mentions it loses nothing that anybody needs. */
const INTROSPECTION = /__(?:schema|type)\b/;

/**
 * Why an operation is not taken up; null when it is. Asked for every operation anew, unlike validation, whose outcome is remembered per document:
 * what the schema says of itself is for those who may use it.
 */
async function admitted({ query, variables }: Sent, context: RequestContext, explorable: boolean): Promise<GraphQLError | null> {
  const fault = variablesFault(variables);
  if (fault || explorable || typeof query !== 'string' || !INTROSPECTION.test(query)) return fault;
  const refused = await refusalFor(context, 'secret');
  return refused && new GraphQLError('Introspection needs a secret key', { extensions: { code: 'introspection_refused' } });
}

/** Refusals speak for themselves; what the caller wrote wrongly is theirs to read; everything else is a fault and says nothing. */
function maskError(error: unknown, log: Log): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error;
  const refusal = original instanceof RefusalError ? original.refusal : isBusy(original) ? SERVER_BUSY : null;
  if (refusal === SERVER_BUSY) log.warn({ fault: original }, 'the database was busy for too long');
  if (refusal) {
    const { kind, code, message, retryAfterSeconds } = refusal;
    const path = error instanceof GraphQLError ? (error.path ?? null) : null;
    return new GraphQLError(message, {
      path,
      extensions: { code, kind, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
    });
  }
  if (error instanceof GraphQLError && !original) return error;
  if (original instanceof GraphQLError) return original;
  log.error({ fault: original }, 'operation failed');
  return new GraphQLError('Unexpected error.', { extensions: { code: 'unexpected' } });
}
