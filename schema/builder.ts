import type PrismaTypes from '../prisma/generated/pothos-types.ts';
import type { Currency } from '../src/lib/money.ts';
import type { RequestContext } from './context.ts';
import type { Scalars } from './scalars.ts';
import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { getDatamodel } from '../prisma/generated/pothos-types.ts';
import { INVALID_KEY, SECRET_KEY_REQUIRED } from '../src/accounts/authenticate.ts';
import { CURRENCIES } from '../src/lib/money.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { LIMITS_PLUGIN } from './limits-plugin.ts';

/** Who may ask for a field: nobody in particular, any key, or a secret key. */
export type AuthScopes = { public: boolean; pub: boolean; secret: boolean };

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
  plugins: [ErrorsPlugin, LIMITS_PLUGIN, ScopeAuthPlugin, RelayPlugin, PrismaPlugin],
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
      return { public: true, pub: caller.ok, secret: caller.ok && caller.value.kind === 'secret' };
    },
    unauthorizedError: (_parent, context) => new RefusalError(context.knownCaller()?.ok ? SECRET_KEY_REQUIRED : INVALID_KEY),
  },
});

builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});

export const CurrencyEnum = builder.enumType('Currency', {
  description: 'ISO 4217 code of a supported currency.',
  values: CURRENCIES as readonly [Currency, ...Currency[]], // the table is not empty
});
