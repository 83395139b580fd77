import type { DocumentNode, execute, GraphQLSchema, subscribe, validate } from 'graphql';
import type { ConnectionInitMessage, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Asked, RequestContext } from '../schema/context.ts';
import type { Connection } from './connection.ts';
import { GraphQLError } from 'graphql';
import { textOf } from '../schema/persisted.ts';
import { makeBroadcasts } from './broadcasts.ts';
import { isShared } from './shared-execution.ts';

const INIT_WAIT_MS = 3_000;
/** One page watches one payment; a dashboard a handful of lists. */
const SUBSCRIPTIONS_PER_SOCKET_MAX = 10;

/** The functions that every transport's operations run through. They take what is asked and by whom as arguments, and serve all sockets. */
type Enveloped = {
  readonly schema: GraphQLSchema;
  readonly parse: (text: string) => DocumentNode;
  readonly validate: typeof validate;
  readonly execute: typeof execute;
  readonly subscribe: typeof subscribe;
};

export type OperationDeps = {
  readonly makeContext: (asked: Asked) => RequestContext;
  readonly getEnveloped: (initial: object) => Enveloped;
  /** Why an operation is not taken up, whatever transport it comes by; null when it is. */
  readonly admit: (
    sent: { readonly query: unknown; readonly variables?: unknown },
    context: RequestContext,
  ) => Promise<GraphQLError | null>;
  /** What may be said of an error. */
  readonly mask: (error: unknown) => GraphQLError;
};

/** What becomes of operations that come over sockets; graphql-ws does the rest. */
export function serverOptions(deps: OperationDeps): ServerOptions<ConnectionInitMessage['payload'], Connection> {
  const pipeline = deps.getEnveloped({});
  const broadcasts = makeBroadcasts(deps.mask);
  return {
    connectionInitWaitTimeout: INIT_WAIT_MS,
    onSubscribe: async ({ extra: connection, connectionParams, subscriptions }, id, payload) => {
      // The one that asks is among them already.
      if (Object.keys(subscriptions).length > SUBSCRIPTIONS_PER_SOCKET_MAX) return [TOO_MANY];
      const { authorization } = connectionParams ?? {};
      const key = typeof authorization === 'string' ? authorization : null;
      const context = deps.makeContext({ authorization: key, idempotencyKey: null, ...connection.visitor });
      const refused = await deps.admit(payload, context);
      if (refused) return [refused];
      const document = documentOf(pipeline, payload);
      if (!('kind' in document)) return document;
      const isNobody = key === null && connection.visitor.web.session === null;
      const rootValue: Asking = { connection, id, isNobody };
      const { operationName, variables: variableValues } = payload;
      return { schema: pipeline.schema, document, operationName, variableValues, contextValue: context, rootValue };
    },
    execute: (args) => pipeline.execute(args),
    subscribe: async (args) => {
      const { connection, id, isNobody } = args.rootValue as Asking; // set in onSubscribe
      if (isNobody && isShared(args.document)) {
        const asked = { ...args, rootValue: undefined };
        letGo(args);
        return broadcasts.join({ args: asked, wire: connection, id });
      }
      const { answer } = args.contextValue as RequestContext; // set in onSubscribe
      const stream = await pipeline.subscribe(args);
      return Symbol.asyncIterator in stream ? whenDone(stream, () => answer.isKeyLost && connection.close(...KEY_LOST)) : stream;
    },
  };
}

/** What was asked, parsed and found valid; or what is wrong with it. */
function documentOf(pipeline: Enveloped, payload: SubscribePayload): DocumentNode | readonly GraphQLError[] {
  const query = textOf(payload) ?? payload.query;
  const document = query instanceof GraphQLError ? query : orRefusal(() => pipeline.parse(query));
  if (document instanceof GraphQLError) return [document];
  const errors = orRefusal(() => pipeline.validate(pipeline.schema, document));
  if (errors instanceof GraphQLError) return [errors];
  return errors.length > 0 ? errors : document;
}

/** Whose operation it is. Root fields of ours look at no root. */
type Asking = {
  readonly connection: Connection;
  readonly id: string;
  /** Neither a key nor a session: nothing that could be revoked. */
  readonly isNobody: boolean;
};

/** graphql-ws keeps these for as long as the subscription runs, and no longer looks at them. */
function letGo(args: { contextValue?: unknown; rootValue?: unknown; variableValues?: unknown }): void {
  args.contextValue = undefined;
  args.rootValue = undefined;
  args.variableValues = undefined;
}

const TOO_MANY = new GraphQLError('Too many subscriptions on one connection', { extensions: { code: 'too_many_subscriptions' } });

/** The code that clients of this protocol take for final: what was revoked is not tried again and again. */
const KEY_LOST = [4401, 'Invalid or missing API key'] as const;

function whenDone<T>(stream: AsyncGenerator<T, void, void>, told: () => unknown): AsyncGenerator<T, void, void> {
  return {
    next: async () => {
      const state = await stream.next();
      if (state.done) told();
      return state;
    },
    return: (value) => stream.return(value),
    throw: (fault) => stream.throw(fault),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

/** What the caller wrote wrongly, or too large, is theirs to read; thrown, it would close the connection with everything else on it. */
function orRefusal<T>(read: () => T): T | GraphQLError {
  try {
    return read();
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}
