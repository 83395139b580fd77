import type { Served } from '../http-load.ts';
import type { Part } from '../report.ts';
import type { World } from '../world.ts';
import { median } from '../rounds.ts';
import { makePayment } from '../world.ts';

/** The checkout page as the server renders it. */
export async function measurePage({ sizes, load, avopay }: World): Promise<Part> {
  const id = await makePayment(avopay, avopay.secretKey);
  const rates: number[] = [];
  for (let round = 0; round < sizes.ROUNDS; round++) {
    const asked = { url: `${avopay.url}/pay/${id}`, method: 'GET', connections: sizes.CONNECTIONS, ms: sizes.SLICE_MS, status: 200 };
    rates.push((await load.ask<Served>('http', asked)).perSecond);
  }
  return {
    rows: [{ row: 'page', work: 'server render of the checkout page', unit: '/s', ours: median(rates), baselines: {} }],
    figures: {},
  };
}
