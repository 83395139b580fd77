import type PrismaTypes from '../prisma/generated/pothos-types.ts';
import type { Currency } from '../src/lib/money.ts';
import type { AuthFailure } from '@pothos/plugin-scope-auth';
import type { RequestContext } from './context.ts';
import type { Audience } from './audience.ts';
import type { Scalars } from './scalars.ts';
import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin, { AuthScopeFailureType } from '@pothos/plugin-scope-auth';
import { getDatamodel } from '../prisma/generated/pothos-types.ts';
import { INVALID_KEY } from '../src/accounts/authenticate.ts';
import { CURRENCIES } from '../src/lib/money.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { refuse } from '../src/lib/result.ts';
import { AUDIENCES, whyNot } from './audience.ts';
import { LIMITS_PLUGIN } from './limits-plugin.ts';
import { WATCH_KEY_PLUGIN } from './watch-key-plugin.ts';

/** Who may ask for a field (`AUDIENCES`). */
export type AuthScopes = { [Name in Audience]: boolean };

export type SchemaTypes = {
  Context: RequestContext;
  Scalars: Scalars;
  PrismaTypes: PrismaTypes;
  AuthScopes: AuthScopes;
  DefaultFieldNullability: false;
};

/**
 * Fields are non-null unless they say otherwise. The errors plugin stands first: refusals of limits and authorisation must reach the result
 * unions. Limits stand before authorisation: 429 before 401.
 */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ErrorsPlugin, LIMITS_PLUGIN, WATCH_KEY_PLUGIN, ScopeAuthPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  errors: { defaultTypes: [], directResult: true },
  relay: {
    encodeGlobalID: (_type, id) => String(id),
    decodeGlobalID: (id) => ({ typename: '', id }),
    cursorType: 'String',
    clientMutationId: 'omit',
  },
  prisma: { client: (context) => context.app.prisma, dmmf: getDatamodel(), maxConnectionSize: 100, defaultConnectionSize: 20 },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: async (context) => {
      const caller = await context.caller();
      const isIn = (audience: Audience) => whyNot(caller, audience, { now: context.app.now, origin: context.origin }) === null;
      return Object.fromEntries(AUDIENCES.map((audience) => [audience, isIn(audience)])) as AuthScopes; // one entry for each of the table
    },
    unauthorizedError: (_parent, context, _info, { failure }) => new RefusalError(refusalOf(context, missingScopes(failure))),
  },
});

/** The refusal in the words of the first audience that the caller is not of. */
function refusalOf(context: RequestContext, missing: readonly string[]): Refusal {
  const caller = context.knownCaller() ?? refuse(INVALID_KEY);
  for (const audience of AUDIENCES.filter((name) => missing.includes(name))) {
    const refusal = whyNot(caller, audience, { now: context.app.now, origin: context.origin });
    if (refusal) return refusal;
  }
  return INVALID_KEY;
}

function missingScopes(failure: AuthFailure): readonly string[] {
  if (failure.kind === AuthScopeFailureType.AuthScope) return [failure.scope];
  return 'failures' in failure ? failure.failures.flatMap(missingScopes) : [];
}

builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});

export const CurrencyEnum = builder.enumType('Currency', {
  description: 'ISO 4217 code of a supported currency.',
  values: CURRENCIES as readonly [Currency, ...Currency[]], // the table is not empty
});
