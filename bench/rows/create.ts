import type { HttpLoad, Served } from '../http-load.ts';
import type { Part } from '../report.ts';
import type { World } from '../world.ts';
import { alternate, middle, ratio } from '../rounds.ts';
import { headersOf, JSON_HEADERS } from '../world.ts';

/** `POST /api/v1/payments` beside the same cryptography and the same commits with nothing around them, and beside the provider alone. */
export async function measureCreate(world: World): Promise<Part> {
  const { sizes, load, avopay } = world;
  const bare = await world.baseline('node-pg.ts');
  const common = { method: 'POST', connections: sizes.CONNECTIONS, ms: sizes.SLICE_MS, status: 201 } as const;
  const perSecond = async (one: Omit<HttpLoad, keyof typeof common>) => (await load.ask<Served>('http', { ...common, ...one })).perSecond;
  const bodies = [JSON.stringify({ amount: 49.99, currency: 'EUR' })];
  const asked = {
    ...{
      from: 'BTC',
      to: 'L-BTC',
      preimageHash: '11'.repeat(32),
      pairHash: '',
      description: 'Shop',
      invoiceExpiry: 615,
      invoiceAmount: 62_341,
    },
    claimPublicKey: '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  };
  const rounds = await alternate(
    [
      { name: 'ours', measure: () => perSecond({ url: `${avopay.url}/api/v1/payments`, headers: headersOf(avopay.secretKey), bodies }) },
      { name: 'bare', measure: () => perSecond({ url: `${bare.url}/payments`, headers: JSON_HEADERS, bodies }) },
      {
        name: 'stub',
        measure: () => perSecond({ url: `${world.providerUrl}/swap/reverse`, headers: JSON_HEADERS, bodies: [JSON.stringify(asked)] }),
      },
    ],
    sizes.ROUNDS,
  );
  const baselines = { 'same crypto and commits, bare': middle(rounds, 'bare'), 'provider stub alone': middle(rounds, 'stub') };
  return {
    rows: [{ row: 'create', work: 'POST /api/v1/payments', unit: '/s', ours: middle(rounds, 'ours'), baselines }],
    figures: { create_vs_limit: ratio(rounds, 'ours', 'bare') },
  };
}
