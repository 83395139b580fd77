import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import type { RequestContext } from './context.ts';
import SchemaBuilder, { BasePlugin } from '@pothos/core';
import { topics } from '../subscriptions/topics.ts';
import { whileHolding } from '../subscriptions/while-holding.ts';

export const WATCH_KEY_PLUGIN = 'watchKey' as const;

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      watchKey: WatchKeyPlugin<Types>;
    }
  }
}

/**
 * Every stream that somebody was admitted to ends with their right to it, over sockets and server-sent events alike: at the announcement of
 * a revocation, and before anything else is said that comes after it (conformance A-6).
 */
class WatchKeyPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapSubscribe(
    subscriber: GraphQLFieldResolver<unknown, Types['Context'], object> | undefined,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> | undefined {
    if (!subscriber || field.kind !== 'Subscription') return subscriber;
    return async (parent, args, context, info) => {
      const { app, answer, knownCaller, stillHolds } = context as unknown as RequestContext; // our builder's context; a plugin's types know none
      const stream: unknown = await subscriber(parent, args, context, info);
      const caller = knownCaller();
      if (!caller?.ok || !isStream(stream)) return stream;
      const lost = () => {
        answer.isKeyLost = true;
      };
      return whileHolding(stream, { bus: app.bus, topic: topics.access(caller.value.accountId), stillHolds, lost });
    };
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

SchemaBuilder.registerPlugin(WATCH_KEY_PLUGIN, WatchKeyPlugin);
