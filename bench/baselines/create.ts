import type pg from 'pg';
import { request } from 'undici';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { sats } from '../../src/lib/money.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { pairsWire } from '../../src/swaps/provider-wire.ts';
import { deriveSwapKeys } from '../../src/swaps/swap-keys.ts';
import { verifySwap } from '../../src/swaps/verify-swap.ts';
import { setting } from './ask.ts';

/** Tables of the same sizes as AvoPay's, without constraints. */
const TABLES = `CREATE TABLE IF NOT EXISTS bare_counter (id int PRIMARY KEY, next int NOT NULL);
  INSERT INTO bare_counter VALUES (1, 1) ON CONFLICT DO NOTHING;
  CREATE TABLE IF NOT EXISTS bare_row (id text PRIMARY KEY, kind text NOT NULL, facts text NOT NULL, sealed bytea)`;
const INSERT = 'INSERT INTO bare_row (id, kind, facts, sealed) VALUES ($1, $2, $3, $4)';
const UPDATE = 'UPDATE bare_row SET facts = $2, sealed = $3 WHERE id = $1';

const NETWORK = liquidNetwork('regtest');
const AMOUNT_SATS = 62_341;
const EXPIRY_SECONDS = 615;

/**
 * A create without everything but its cryptography and its commits: an index, the swap before it is asked for, the mark that it was asked, the
 * verified answer with payment, quote, event and outbox in one commit, the provider's health, and the end of the lease.
 */
export async function makeCreate(pool: pg.Pool): Promise<(body: { amount: number; currency: string }) => Promise<object>> {
  await readyLiquid();
  await pool.query(TABLES);
  const seed = new Secret(fromHex(setting('SEED')));
  const sealer = makeSealer(new Secret(fromHex(setting('SEALING_KEY'))), systemRandom);
  const provider = setting('BENCH_PROVIDER');
  const pairs = await request(`${provider}/swap/reverse`);
  const pair = pairsWire.parse(await pairs.body.json()).BTC['L-BTC'];
  const tipHeight = Number(setting('BENCH_TIP'));
  return async (body) => {
    const { rows } = await pool.query({ name: 'index', text: 'UPDATE bare_counter SET next = next + 1 WHERE id = 1 RETURNING next' });
    const keys = deriveSwapKeys(seed, { era: 2, index: rows[0].next });
    const asked = { from: 'BTC', to: 'L-BTC', preimageHash: toHex(keys.preimageHash), claimPublicKey: toHex(keys.publicKey) };
    const sent = JSON.stringify({
      ...asked,
      invoiceAmount: AMOUNT_SATS,
      pairHash: pair.hash,
      description: 'Shop',
      invoiceExpiry: EXPIRY_SECONDS,
    });
    const id = toHex(systemRandom(16));
    await insert(pool, [id, 'swap', sent, null]);
    await pool.query({ name: 'update', text: UPDATE, values: [id, sent, null] });
    const answer = await request(`${provider}/swap/reverse`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: sent,
    });
    const given: unknown = await answer.body.json();
    const at = new Date();
    const offer = verifySwap(
      {
        ...{ network: NETWORK, claimPublicKey: keys.publicKey, preimageHash: keys.preimageHash, invoiceSats: sats(BigInt(AMOUNT_SATS)) },
        ...{ pair, tipHeight, at },
        invoiceEnds: { earliest: at, latest: new Date(at.getTime() + 2 * EXPIRY_SECONDS * 1e3) },
      },
      given,
    );
    if (!offer.ok) throw new Error(offer.error);
    const sealed = sealer.seal({ table: 'Swap', row: id, column: 'responseSealed' }, Buffer.from(JSON.stringify(given)));
    await commitAll(pool, { id, sent: JSON.stringify(body), sealed });
    await insert(pool, [`health ${id}`, 'health', 'closed', null]);
    await pool.query({ name: 'update', text: UPDATE, values: [id, sent, sealed] });
    return { payment_id: id, checkout_url: `http://localhost/pay/${id}`, expires_at: at };
  };
}

async function commitAll(pool: pg.Pool, { id, sent, sealed }: { id: string; sent: string; sealed: Uint8Array }): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query({ name: 'update', text: UPDATE, values: [id, sent, sealed] });
    for (const kind of ['quote', 'payment', 'event', 'outbox']) await insert(client, [`${kind} ${id}`, kind, sent, null]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

async function insert(client: Pick<pg.Pool, 'query'> | pg.PoolClient, values: unknown[]): Promise<void> {
  await client.query({ name: 'insert', text: INSERT, values });
}
