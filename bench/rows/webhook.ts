import type { Part } from '../report.ts';
import type { Shop, World } from '../world.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { alternate, median, middle, ratio } from '../rounds.ts';
import { headersOf, makePayment } from '../world.ts';

/** One endpoint holds four slots of forty: with ten, all are used. */
const ENDPOINTS = 10;

/** Deliveries per second with their records, and how long a merchant waits for the first word when nothing else happens. */
export async function measureWebhook(world: World): Promise<Part> {
  const { sizes, load } = world;
  const shop = await world.own();
  const database = new pg.Pool({ connectionString: shop.connectionString });
  const url = `http://127.0.0.1:${await load.ask<number>('receiverPort')}/hook`;
  await addEndpoint(database, shop, url);
  const idleMs: number[] = [];
  for (let turn = 0; turn <= sizes.IDLE; turn++) idleMs.push(await oneWebhook(world, shop, database));
  for (let more = 1; more < ENDPOINTS; more++) await addEndpoint(database, shop, url);
  const loop = await world.baseline('undici-loop.ts');
  const { rows } = await database.query('SELECT id, "webhookBody" FROM "Event" WHERE "webhookBody" IS NOT NULL LIMIT 1');
  const count = sizes.DELIVERIES;
  const received = async (start: () => Promise<unknown>) => {
    await load.ask('forget');
    const started = start();
    const times = await load.ask<readonly number[]>('received', { count });
    await started;
    return ((count - 1) / ((times.at(-1) ?? 0) - (times[0] ?? 0))) * 1e3;
  };
  let turn = 0;
  const ours = () => received(() => queueAgain(database, { eventId: rows[0].id, count, turn: ++turn }));
  const bare = () => received(() => loop.ask('deliver', { url, count, body: rows[0].webhookBody }));
  const rounds = await alternate(
    [
      { name: 'ours', measure: ours },
      { name: 'loop', measure: bare },
    ],
    sizes.ROUNDS,
  );
  await shop.stop();
  await database.end();
  const idle = median(idleMs.slice(1));
  return {
    rows: [
      {
        ...{ row: 'webhook', work: 'deliveries with records kept', unit: '/s', ours: middle(rounds, 'ours') },
        baselines: { 'undici POST loop, same inserts': middle(rounds, 'loop') },
      },
      { row: 'webhook', work: 'state change -> received, idle p50', unit: 'ms', ours: idle, baselines: {} },
    ],
    figures: { webhook_vs_undici: ratio(rounds, 'ours', 'loop'), webhook_idle_p50_ms: idle },
  };
}

async function addEndpoint(database: pg.Pool, { accountId }: Shop, url: string): Promise<void> {
  const columns = 'id, "accountId", mode, "isDefault", url, "eventTypes", status, version, "createdAt"';
  await database.query(`INSERT INTO "WebhookEndpoint" (${columns}) VALUES ($1, $2, 'test', false, $3, '{}', 'enabled', 0, now())`, [
    ...[`whk_${randomBytes(8).toString('hex')}`, accountId, url],
  ]);
}

/** Ms from the state change, as its event is dated (before its commit), to the receiver. */
async function oneWebhook({ load }: World, shop: Shop, database: pg.Pool): Promise<number> {
  const id = await makePayment(shop, shop.testKey);
  await load.ask('forget');
  const body = JSON.stringify({ outcome: 'paid' });
  await fetch(`${shop.url}/api/v1/payments/${id}/simulate`, { method: 'POST', headers: headersOf(shop.testKey), body });
  const [cameAt = 0] = await load.ask<readonly number[]>('received', { count: 1 });
  const { rows } = await database.query(`SELECT "createdAt" FROM "Event" WHERE "subjectId" = $1 AND type = 'payment.confirmed'`, [id]);
  return cameAt - rows[0].createdAt.getTime();
}

/** Has the same event delivered again, as often as asked: each delivery has its own record. */
async function queueAgain(database: pg.Pool, { eventId, count, turn }: { eventId: string; count: number; turn: number }): Promise<void> {
  await database.query(
    `INSERT INTO "Delivery" (id, "accountId", "endpointId", "eventId", redelivery, status, attempts, "nextAttemptAt", fence, "createdAt")
     SELECT 'dlv_' || $3::int || '_' || n, e."accountId", e.id, $1, $3::int * 1000000 + n, 'pending', 0, now(), 0, now()
     FROM generate_series(1, $2::int) n
     JOIN (SELECT id, "accountId", row_number() OVER (ORDER BY id) - 1 AS place FROM "WebhookEndpoint") e ON e.place = n % ${ENDPOINTS}`,
    [eventId, count, turn],
  );
}
