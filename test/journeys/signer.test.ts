import type { Avopay } from '../support/avopay.ts';
import type { RunningProcess } from '../../scripts/spawn-server.ts';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, spawnAvopay } from '../../scripts/spawn-server.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { NICENESS } from '../../src/lib/stand-back.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { readBooks } from '../support/books.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { countInMemory } from '../support/process-memory.ts';
import { isRunning, shownOf, signersOf } from '../support/processes.ts';

/** `SIGNER_PAYMENTS=20 npm test test/journeys/signer.test.ts` is the published figure; the suite plays a shorter run of the same. */
const PAYMENTS = Number(process.env['SIGNER_PAYMENTS'] ?? 3);
/** Fewer than payments: each is made by several asks, and some of the kills meet a signer that is only starting. */
const KILLS = Math.ceil((PAYMENTS * 2) / 3);
const BETWEEN_KILLS_MS = 3_000;
/** Ending takes a signer a moment; this is for a machine that is busy. */
const GONE_WITHIN_MS = 30_000;

describe('a signer that is killed', () => {
  let avopay: Avopay;
  beforeAll(async () => {
    avopay = await startAvopay();
  });
  afterAll(() => avopay?.stop());

  test(`kill -9 to the signer ${KILLS} times during ${PAYMENTS} payments: all are paid, none is lost`, { timeout: 900_000 }, async () => {
    const killed = new Set<number>();
    const killer = async () => {
      while (killed.size < KILLS) {
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_KILLS_MS * Math.random()));
        const pid = await eventually(async () => signersOf(process.pid).find((one) => !killed.has(one)));
        process.kill(pid, 'SIGKILL');
        killed.add(pid);
      }
    };
    const [paid] = await Promise.all([Promise.all(Array.from({ length: PAYMENTS }, (_, number) => payOne(number))), killer()]);
    expect(new Set(paid).size).toBe(PAYMENTS);
    expect(killed.size).toBe(KILLS);
    const wallet = (await avopay.call('GET', '/sandbox/wallet', { key: null })).body;
    const books = await readBooks(avopay.connectionString, avopay.demo.account_id, wallet);
    expect(books.faults).toEqual([]);
    expect(books).toMatchObject({ balanced: true, paidPayments: PAYMENTS });
  });

  /** A shop that comes back when it is told to, and waits for its money. */
  async function payOne(number: number): Promise<string> {
    const created = await eventually(async () => {
      const headers = { 'idempotency-key': `order-${number}` };
      const reply = await avopay.call('POST', '/api/v1/payments', { body: { amount: 5 + number, currency: 'EUR' }, headers });
      if (reply.status !== 201) expect([409, 503]).toContain(reply.status);
      return reply.status === 201 && reply.body;
    });
    const id: string = created.payment_id;
    const { lightning_invoice: invoice } = (await avopay.call('GET', `/api/v1/payments/${id}`)).body;
    expect((await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null })).status).toBe(200);
    await eventually(async () => (await avopay.call('GET', `/api/v1/payments/${id}`)).body.status === 'paid');
    return id;
  }
});

describe('a server beside its signer', () => {
  let folder: string;
  let database: TestDatabase;
  const running: RunningProcess[] = [];
  const signers: number[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'avopay-signer-'));
    database = await freshDatabase();
  });
  afterAll(async () => {
    for (const { pid, kill } of running) if (isRunning(pid)) await kill();
    for (const pid of signers) if (isRunning(pid)) process.kill(pid, 'SIGKILL'); // none, unless a test has failed
    await database?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const serve = async (settings: Record<string, string> = {}) => {
    const server = await spawnAvopay({
      ...{ dataDir: folder, port: await freePort() },
      settings: { DATABASE_URL: database.connectionString, ...settings },
    });
    running.push(server);
    const [signer = 0] = signersOf(server.pid);
    expect(signer, server.output()).toBeGreaterThan(0); // where it is gone already, the log says why
    signers.push(signer);
    return { server, signer };
  };

  test('has its seed nowhere in its memory when it rests in a file, and kill -9 to it leaves no signer behind', async () => {
    const { server, signer } = await serve();
    const hex = (await readFile(join(folder, 'seed.key'), 'utf8')).trim();
    const wanted = [Buffer.from(hex), fromHex(hex)];
    expect(countInMemory(server.pid, wanted)).toEqual([0, 0]);
    expect(countInMemory(signer, wanted)[1], 'the search finds it where it is').toBeGreaterThan(0);
    expect(shownOf(server.pid) + shownOf(signer)).not.toContain(hex);
    await server.kill();
    await eventually(async () => !isRunning(signer), GONE_WITHIN_MS);
    expect(isRunning(signer)).toBe(false);
  });

  test.runIf(process.platform === 'linux')('stands back behind its server: requests wait there, and claims can wait a moment', async () => {
    const { server, signer } = await serve();
    expect(getPriority(signer) - getPriority(server.pid)).toBe(NICENESS);
    expect(await server.stop()).toBe(0);
  });

  test('shows a seed that came as a variable neither in its environment nor in its arguments, nor does its signer', async () => {
    const seed = (await readFile(join(folder, 'seed.key'), 'utf8')).trim(); // the database knows this one
    const { server, signer } = await serve({ SEED: seed });
    expect(shownOf(server.pid)).toContain('DATABASE_URL=');
    expect(shownOf(server.pid) + shownOf(signer)).not.toContain(seed);
    process.kill(signer, 'SIGKILL');
    const heir = await eventually(async () => signersOf(server.pid).find((one) => one !== signer)); // the killed one may be seen once more
    expect(shownOf(server.pid) + shownOf(heir)).not.toContain(seed);
    expect(await server.stop()).toBe(0);
    await eventually(async () => !isRunning(heir), GONE_WITHIN_MS);
  });
});
