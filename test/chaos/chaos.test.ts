import type { Evidence } from './figures.ts';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import pg from 'pg';
import { freshDatabase } from '../support/database.ts';
import { countFigures, isClean } from './figures.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { runChaos } from './run-chaos.ts';
import { hearWitness, placeWitness } from './witness.ts';

/** `CHAOS=1 npm test test/chaos`: the smallest whole run, on served and on embedded PostgreSQL. `npm run chaos` is the published one. */
const SLICE = { payments: 12, kills: 3, stops: 1, pauses: 2, seed: 1 };
const CLEAN = {
  ...{ lost: 0, paid_without_event: 0, event_without_paid: 0, double_claims: 0 },
  ...{ stuck: 0, stale_writes: 0, acknowledged_rows_lost: 0 },
};

if (process.env['CHAOS']) {
  test.each([false, true])(
    'processes, database and network that fail under payments lose nothing (embedded: %j)',
    async (isEmbedded) => {
      const pauses = isEmbedded ? 0 : SLICE.pauses;
      const { figures, words } = await runChaos({ ...SLICE, pauses, isEmbedded }, new AbortController().signal);
      expect(words).toEqual([]);
      expect(figures).toEqual({ kills: SLICE.kills, ...CLEAN });
    },
    600_000,
  );
}

describe('the count of a run', () => {
  const whole = (): Evidence => ({
    kills: 7,
    told: { statuses: new Map([['pmt_a', 'paid']]), paid: new Set(['pmt_a']), contradictions: [] },
    rows: [{ id: 'pmt_a', status: 'paid', txid: 'aa' }],
    ...{ doubles: [], unannounced: [], invented: [], stuck: [], unknownTxids: [] },
    testimony: { stale: [], takeovers: 3 },
    wallet: { missingSats: 0n, invisibleSats: 0n },
  });

  test('is nothing but kills where everything is there, announced and claimed once', () => {
    const { figures, words } = countFigures(whole());
    expect({ figures, words }).toEqual({ figures: { kills: 7, ...CLEAN }, words: [] });
    expect(isClean(figures)).toBe(true);
  });

  const told = (statuses: [string, string][], paid: string[] = []) => ({
    statuses: new Map(statuses),
    paid: new Set(paid),
    contradictions: [],
  });
  test.each<[string, Partial<Evidence>, string]>([
    ['a payment that a client was told of and that is gone', { told: told([['pmt_b', 'pending']]) }, 'acknowledged_rows_lost'],
    [
      'a paid payment that is pending again',
      { rows: [{ id: 'pmt_a', status: 'pending', txid: null }], stuck: ['pmt_a'] },
      'acknowledged_rows_lost',
    ],
    ['a paid payment that is expired', { rows: [{ id: 'pmt_a', status: 'expired', txid: null }] }, 'acknowledged_rows_lost'],
    ['one order with two payments', { told: { ...told([]), contradictions: ['order-1'] } }, 'acknowledged_rows_lost'],
    [
      'money that a payer sent for an expired payment',
      { told: told([['pmt_a', 'expired']], ['pmt_a']), rows: [{ id: 'pmt_a', status: 'expired', txid: null }] },
      'lost',
    ],
    ['a claim that the chain does not know', { unknownTxids: ['pmt_a'] }, 'lost'],
    ['sats that the wallet does not hold', { wallet: { missingSats: 1n, invisibleSats: 0n } }, 'lost'],
    ['sats beyond the gap limit', { wallet: { missingSats: 0n, invisibleSats: 1n } }, 'lost'],
    ['a payment without its event', { unannounced: ['pmt_a'] }, 'paid_without_event'],
    ['an event without its payment', { invented: ['evt_a'] }, 'event_without_paid'],
    ['a lockup claimed for two', { doubles: ['lockup aa'] }, 'double_claims'],
    ['a payment left open', { stuck: ['pmt_a'] }, 'stuck'],
    ['a write under another’s lease', { testimony: { stale: ['swp_a'], takeovers: 1 } }, 'stale_writes'],
  ])('finds %s', (_, change, name) => {
    const { figures, words } = countFigures({ ...whole(), ...change });
    expect(figures).toMatchObject({ [name]: 1 });
    expect(words.some((line) => line.startsWith(`${name}: `))).toBe(true);
    expect(isClean(figures)).toBe(false);
  });
});

describe('the witness in the database', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const connected = async () => {
    const database = await freshDatabase();
    ends.push(database.close);
    const as = async (name: string) => {
      const client = new pg.Client({ connectionString: database.connectionString, application_name: name });
      await client.connect();
      ends.push(() => client.end());
      return client;
    };
    const [slow, quick] = [await as('slow'), await as('quick')];
    await placeWitness(slow);
    await slow.query(
      `INSERT INTO "Swap" (id, "accountId", subject, "subjectId", attempt, status, version, fence, "leaseUntil", provider, "keyEra", "keyIndex",
         "claimPublicKey", "preimageHash", "invoiceSats", "requestJson", "createdAt")
       VALUES ('swp_a', 'acc_a', 'payment', 'pmt_a', 1, 'requested', 1, 1, now(), 'sandbox', 1, 1, decode(repeat('02', 33), 'hex'), decode(repeat('01', 32), 'hex'), 1000, '{}', now())`,
    );
    await slow.query(`INSERT INTO "WorkerLease" (name, holder, fence, "leaseUntil") VALUES ('chain-follower', 'slow', 1, now())`);
    return { slow, quick };
  };

  test('says nothing of a holder that writes, and of who takes over and writes', async () => {
    const { slow, quick } = await connected();
    await slow.query(`UPDATE "Swap" SET version = 2`);
    await quick.query(`UPDATE "Swap" SET fence = 2`);
    await quick.query(`UPDATE "Swap" SET version = 3`);
    await quick.query(`UPDATE "WorkerLease" SET fence = 2, holder = 'quick'`);
    await quick.query(`INSERT INTO "ChainBlock" (height, hash) VALUES (1, 'aa')`);
    expect(await hearWitness(quick)).toEqual({ stale: [], takeovers: 2 });
  });

  test('names who writes a swap or a block after another has taken it over', async () => {
    const { slow, quick } = await connected();
    await quick.query(`UPDATE "Swap" SET fence = 2`);
    await slow.query(`UPDATE "Swap" SET version = 2`);
    await quick.query(`UPDATE "WorkerLease" SET fence = 2, holder = 'quick'`);
    await slow.query(`INSERT INTO "ChainBlock" (height, hash) VALUES (1, 'aa')`);
    const { stale } = await hearWitness(quick);
    expect(stale).toEqual(['swp_a written by slow while quick held it', 'follower written by slow while quick held it']);
  });
});

describe('the bad network', () => {
  const open = async () => {
    const heard: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => heard.push('error'));
      socket.on('close', () => heard.push('closed'));
      socket.on('data', (piece) => socket.write(`re:${piece}`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const proxy = await startFaultProxy('echo', { host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
    const near = connect(proxy.port, '127.0.0.1');
    near.on('error', () => undefined);
    near.write('a');
    const [first] = await once(near, 'data');
    expect(String(first)).toBe('re:a');
    const close = async () => {
      near.destroy();
      await proxy.close();
      await new Promise((resolve) => server.close(resolve));
    };
    return { heard, proxy, near, close };
  };

  test('that is cut tells both ends', async () => {
    const { proxy, near, heard, close } = await open();
    const ended = once(near, 'close');
    await proxy.play('cut', 0);
    await ended;
    await expect.poll(() => heard).toContain('closed');
    await close();
  });

  test.each(['hang', 'delay'] as const)('with a %s holds back what is sent and brings it in the end, in order', async (fault) => {
    const { proxy, near, close } = await open();
    let got = '';
    near.on('data', (piece) => {
      got += String(piece);
    });
    const over = proxy.play(fault, 60);
    near.write('b');
    await expect.poll(() => got).toBe('re:b');
    await over;
    near.write('c');
    await expect.poll(() => got).toBe('re:bre:c');
    await close();
  });

  test('that is half open takes the far end away, and tells the near one only when it is over', async () => {
    const { proxy, near, heard, close } = await open();
    let isOver = false;
    const wasOver = new Promise((resolve) => near.once('close', () => resolve(isOver)));
    await proxy.play('half_open', 60).then(() => {
      isOver = true;
    });
    expect(await wasOver).toBe(true);
    expect(heard).toContain('closed');
    await close();
  });
});
