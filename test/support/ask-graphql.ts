import type { Avopay } from './avopay.ts';
import type { Json } from './json.ts';

/** An operation with the demo account's secret key. @throws Error with what GraphQL said. */
export async function graphql(avopay: Avopay, query: string, variables: Record<string, unknown> = {}): Promise<Json> {
  const { body } = await avopay.call('POST', '/graphql', { body: { query, variables } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
}
