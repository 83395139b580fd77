import type { Part } from '../report.ts';
import type { Shop, World } from '../world.ts';
import pg from 'pg';
import { alternate, median, middle, ratio } from '../rounds.ts';
import { headersOf, JSON_HEADERS, makePayment } from '../world.ts';

/** No claim about speed: what settles at all does so within this. */
const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 20;

/**
 * Payments that were all paid while AvoPay stood still: from the moment that it goes on, until every claim is accepted. The provider locks up
 * the coins meanwhile, so that its own proofs take no part.
 */
export async function measureSettle(world: World): Promise<Part> {
  const { pid } = world.avopay;
  process.kill(pid, 'SIGSTOP'); // nobody asks it for anything in this row, but it would follow the chain, on the core of all contenders
  try {
    return await measureBeside(world);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

async function measureBeside(world: World): Promise<Part> {
  const { sizes } = world;
  const shop = await world.another();
  const limit = await world.baseline('cryptography.ts');
  const database = new pg.Pool({ connectionString: shop.connectionString });
  const blocks: number[] = [];
  const rounds = await alternate(
    [
      { name: 'ours', measure: () => settleAll(world, { shop, database }) },
      { name: 'watched', measure: () => settleAll(world, { shop, database, blocks }) },
      { name: 'crypto', measure: () => limit.ask<number>('claims', { count: sizes.SETTLES }) },
      { name: 'proofs', measure: () => limit.ask<number>('proofs', { count: sizes.SETTLES }) },
    ],
    sizes.ROUNDS,
  );
  await shop.stop();
  await database.end();
  const block = median(blocks.slice(1));
  return {
    rows: [
      {
        ...{ row: 'settle', work: `${sizes.SETTLES} payments paid at once, to the claim`, unit: '/s', ours: middle(rounds, 'ours') },
        baselines: { 'their cryptography alone': middle(rounds, 'crypto'), 'of it the proofs': middle(rounds, 'proofs') },
      },
      { row: 'settle', work: 'longest block of the event loop meanwhile', unit: 'ms', ours: block, baselines: {} },
    ],
    figures: { settle_vs_crypto: ratio(rounds, 'ours', 'crypto'), loop_block_ms: block },
  };
}

type Settling = {
  readonly shop: Shop;
  readonly database: pg.Pool;
  /** Where the longest block is told. It is seen by a timer of each millisecond, which takes the core from the proofs as often: not beside the throughput. */
  readonly blocks?: number[];
};

async function settleAll(world: World, { shop, database, blocks }: Settling): Promise<number> {
  const count = world.sizes.SETTLES;
  const ids: string[] = [];
  for (let made = 0; made < count; made++) ids.push(await makePayment(shop, shop.secretKey));
  const invoices = await Promise.all(ids.map((id) => invoiceOf(shop, id)));
  process.kill(shop.pid, 'SIGSTOP');
  try {
    await Promise.all(invoices.map((invoice) => payInvoice(world, invoice)));
    await lockedUp(world, await providerNames(database, ids));
  } finally {
    process.kill(shop.pid, 'SIGCONT');
  }
  const startedMs = performance.now();
  if (blocks) await shop.ask('watchLoop');
  const text = `SELECT count(*)::int AS paid FROM "Payment" WHERE id = ANY($1) AND status = 'paid'`;
  await until(async () => (await database.query(text, [ids])).rows[0].paid === count, 'not all payments were settled');
  const seconds = (performance.now() - startedMs) / 1e3;
  blocks?.push(await shop.ask<number>('longestBlock'));
  return count / seconds;
}

async function until(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
  const startedMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function providerNames(database: pg.Pool, ids: readonly string[]): Promise<string[]> {
  const { rows } = await database.query('SELECT "providerSwapId" AS name FROM "Swap" WHERE "subjectId" = ANY($1)', [ids]);
  return rows.map(({ name }) => name);
}

/** The shopper's answer comes after a few seconds at most: of many payments the last lockup takes longer. */
async function lockedUp({ sandboxProviderUrl }: World, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const isLockedUp = async () => {
      const answer = await fetch(`${sandboxProviderUrl}/swap/${name}`);
      return ((await answer.json()) as { status: string }).status !== 'swap.created'; // the documented answer
    };
    await until(isLockedUp, `the provider never locked up the coins of ${name}`);
  }
}

async function invoiceOf(shop: Shop, id: string): Promise<string> {
  const answer = await fetch(`${shop.url}/api/v1/payments/${id}`, { headers: headersOf(shop.secretKey) });
  const reply = (await answer.json()) as { lightning_invoice: string }; // the documented answer
  return reply.lightning_invoice;
}

async function payInvoice({ sandboxUrl }: World, invoice: string): Promise<void> {
  const answer = await fetch(`${sandboxUrl}/sandbox/pay`, { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify({ invoice }) });
  if (!answer.ok) throw new Error(`the shopper could not pay: ${await answer.text()}`);
}
