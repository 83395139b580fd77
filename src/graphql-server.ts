import type { DocumentNode, ExecutionResult } from 'graphql';
import type { Asked, RequestContext, UseCases } from '../schema/context.ts';
import type { Log } from './lib/log.ts';
import { EnvelopArmor } from '@escape.tech/graphql-armor';
import { GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { makeContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import { RefusalError } from './lib/refusal.ts';

/** Depth: payments > edges > node > deliveries > edges > node > attempts > … is 8 deep already. The rest is far above what our own pages ask. */
const LIMITS = { depth: 12, aliases: 10, directives: 10, tokens: 500, cost: 2_000 } as const;

/** HTTP requests say who asks, as limits count it; sockets and REST routes bring the context ready made. */
type Initial = { readonly made?: RequestContext; readonly address?: string };
export type GraphqlServer = ReturnType<typeof makeGraphqlServer>;

/** The one pipeline that `/graphql`, the sockets and the REST routes run through: context, limits, masking. */
export function makeGraphqlServer(app: UseCases, options: { readonly explorable: boolean; readonly log: Log }) {
  const armor = new EnvelopArmor({
    maxDepth: { n: LIMITS.depth, ignoreIntrospection: options.explorable },
    maxAliases: { n: LIMITS.aliases },
    maxDirectives: { n: LIMITS.directives },
    maxTokens: { n: LIMITS.tokens },
    costLimit: { maxCost: LIMITS.cost, ignoreIntrospection: options.explorable },
  }).protect();
  const yoga = createYoga<Initial, RequestContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: options.explorable,
    cors: false,
    logging: false,
    multipart: false,
    maskedErrors: { maskError: (error) => maskError(error, options.log) },
    context: (initial) => {
      if (initial.made) return initial.made;
      const { headers } = initial.request;
      if (initial.address === undefined) throw new Error('a request without an address cannot be counted');
      const { address } = initial;
      const { authorization, origin, idempotencyKey } = {
        authorization: headers.get('authorization'),
        origin: headers.get('origin'),
        idempotencyKey: headers.get('idempotency-key'),
      };
      return makeContext(app, { authorization, origin, idempotencyKey, address });
    },
    plugins: [
      ...armor.plugins,
      ...(options.explorable
        ? []
        : [{ onValidate: ({ addValidationRule }: RuleAdder) => addValidationRule(NoSchemaIntrospectionCustomRule) }]),
    ],
  });
  return {
    schema,
    yoga,
    makeContext: (asked: Asked) => makeContext(app, asked),
    /** Runs a document that was parsed and validated earlier. */
    execute: async (
      document: DocumentNode,
      variableValues: { readonly [name: string]: unknown },
      context: RequestContext,
    ): Promise<ExecutionResult> => {
      const enveloped = yoga.getEnveloped({ made: context });
      const contextValue = await enveloped.contextFactory();
      return enveloped.execute({ schema, document, variableValues, contextValue });
    },
  };
}

type RuleAdder = { addValidationRule: (rule: typeof NoSchemaIntrospectionCustomRule) => void };

/** Refusals speak for themselves; what the caller wrote wrongly is theirs to read; everything else is a fault and says nothing. */
function maskError(error: unknown, log: Log): Error {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (original instanceof RefusalError) {
    const { kind, code, message, retryAfterSeconds } = original.refusal;
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
