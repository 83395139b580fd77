import type { HttpLoad, Served } from '../http-load.ts';
import type { Part } from '../report.ts';
import type { World } from '../world.ts';
import { alternate, middle, ratio } from '../rounds.ts';
import { headersOf, makePayment } from '../world.ts';

/** What REST asks of GraphQL for the same answer, as far as a plain resolver over one select can give it. */
const QUERY = `query($id: ID!) { payment(id: $id) {
  id mode status amountFiat currency amountSats createdAt checkoutUrl expiresAt paidAt method linkId metadata exception settlement late
  lightning { invoice } } }`;

/** A payment over REST beside node:http with one select, and over GraphQL beside bare Yoga and Mercurius. */
export async function measureRead(world: World): Promise<Part> {
  const { sizes, load, avopay } = world;
  const [node, yoga, mercurius] = [
    await world.baseline('node-pg.ts'),
    await world.baseline('bare-yoga.ts'),
    await world.baseline('mercurius.ts'),
  ];
  const id = await makePayment(avopay, avopay.secretKey);
  const common = { connections: sizes.CONNECTIONS, ms: sizes.SLICE_MS, status: 200, headers: headersOf(avopay.secretKey) } as const;
  const perSecond = async (one: Omit<HttpLoad, keyof typeof common>) => (await load.ask<Served>('http', { ...common, ...one })).perSecond;
  const rest = (url: string) => () => perSecond({ url, method: 'GET' });
  const bodies = [JSON.stringify({ query: QUERY, variables: { id } })];
  const graphql = (url: string) => () => perSecond({ url: `${url}/graphql`, method: 'POST', bodies });
  const rounds = await alternate(
    [
      { name: 'rest', measure: rest(`${avopay.url}/api/v1/payments/${id}`) },
      { name: 'node', measure: rest(`${node.url}/payments/${id}`) },
      { name: 'graphql', measure: graphql(avopay.url) },
      { name: 'yoga', measure: graphql(yoga.url) },
      { name: 'mercurius', measure: graphql(mercurius.url) },
    ],
    sizes.ROUNDS,
  );
  const over = (name: string) => middle(rounds, name);
  return {
    rows: [
      {
        ...{ row: 'read', work: 'GET /api/v1/payments/:id', unit: '/s', ours: over('rest') },
        baselines: { 'node:http + pg select': over('node') },
      },
      {
        ...{ row: 'read', work: 'the same over GraphQL', unit: '/s', ours: over('graphql') },
        baselines: { 'bare Yoga in Express': over('yoga'), Mercurius: over('mercurius') },
      },
    ],
    figures: {
      read_rest_vs_node: ratio(rounds, 'rest', 'node'),
      read_graphql_vs_yoga: ratio(rounds, 'graphql', 'yoga'),
      read_graphql_vs_mercurius: ratio(rounds, 'graphql', 'mercurius'),
    },
  };
}
