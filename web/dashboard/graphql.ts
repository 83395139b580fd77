import type { introspection } from '../../schema/generated/introspection.d.ts';
import { initGraphQLTada } from 'gql.tada';

/** Operations typed from the printed schema: what it does not have does not compile. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: {
    AmountInput: string;
    DateTime: string;
    FiatAmount: string;
    JSONObject: { readonly [name: string]: unknown };
    Sats: string;
    URL: string;
  };
}>();
