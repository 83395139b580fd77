import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import type { LimitName } from '../src/limits/limits.ts';
import type { RequestContext } from './context.ts';
import SchemaBuilder, { BasePlugin } from '@pothos/core';
import { RefusalError } from '../src/lib/refusal.ts';
import { forgeryOf, spend } from './context.ts';

export const LIMITS_PLUGIN = 'limits' as const;

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      limits: LimitsPlugin<Types>;
    }
    interface QueryFieldOptions<Types, Type, Nullable, Args, ResolveReturnShape> {
      /** The rate limit that the field spends; `read` when it names none. */
      limit?: LimitName;
    }
    interface MutationFieldOptions<Types, Type, Nullable, Args, ResolveReturnShape> {
      /** The rate limit that the field spends. Every mutation names one. */
      limit: LimitName;
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>;

/**
 * Every root field spends a use of its limit before it is authorised, so a document of many fields or aliases gains nothing (conformance X-4).
 * Then a mutation that is not public looks whether another site has sent it with somebody's cookie (conformance N-2).
 */
class LimitsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const limit = limitOf(field);
    return limit ? { ...field, extensions: { ...field.extensions, limit } } : field;
  }

  override wrapResolve(resolver: Resolver<Types>, field: PothosOutputFieldConfig<Types>): Resolver<Types> {
    // A subscription was counted when it began: what it yields later is no request.
    return field.kind === 'Query' || field.kind === 'Mutation' ? spending(resolver, field) : resolver;
  }

  override wrapSubscribe(subscriber: Resolver<Types> | undefined, field: PothosOutputFieldConfig<Types>): Resolver<Types> | undefined {
    return subscriber && field.kind === 'Subscription' ? spending(subscriber, field) : subscriber;
  }
}

function spending<Types extends SchemaTypes>(inner: Resolver<Types>, field: PothosOutputFieldConfig<Types>): Resolver<Types> {
  const limit = limitOf(field);
  if (!limit) throw new Error(`${field.parentType}.${field.name} names no rate limit`);
  const changesForSomebody = field.kind === 'Mutation' && 'authScopes' in field.pothosOptions;
  return async (parent, args, context, info) => {
    const verdict = await spend(context as unknown as RequestContext, limit); // our builder's context; a plugin's types know none
    if (verdict?.refusal) throw new RefusalError(verdict.refusal);
    const forgery = changesForSomebody ? await forgeryOf(context as unknown as RequestContext) : null; // as above
    if (forgery) throw new RefusalError(forgery);
    return inner(parent, args, context, info);
  };
}

function limitOf<Types extends SchemaTypes>({ kind, pothosOptions }: PothosOutputFieldConfig<Types>): LimitName | null {
  if (kind === 'Mutation') return (pothosOptions as { limit?: LimitName }).limit ?? null; // declared above for mutations
  if (kind === 'Query') return (pothosOptions as { limit?: LimitName }).limit ?? 'read'; // declared above for queries
  return kind === 'Subscription' ? 'read' : null;
}

SchemaBuilder.registerPlugin(LIMITS_PLUGIN, LimitsPlugin);
