import type { Avopay } from '../support/avopay.ts';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callJson, eventually, startAvopay } from '../support/avopay.ts';
import { readBooks } from '../support/books.ts';
import { emptyDatabase } from '../support/database.ts';
import { directPayments } from '../support/direct.ts';
import { losable, queryOn } from '../support/lost-database.ts';
import { SHARED_KEYS, startBeside } from '../support/second-server.ts';

let avopay: Avopay;
let folder: string;
const databases: Awaited<ReturnType<typeof emptyDatabase>>[] = [];
beforeAll(async () => {
  avopay = await startAvopay(SHARED_KEYS);
  folder = await mkdtemp(join(tmpdir(), 'avopay-backup-'));
});
afterAll(async () => {
  await losable(avopay).stop();
  for (const { close } of databases) await close();
  await rm(folder, { recursive: true, force: true });
});

const direct = () => directPayments(avopay);
const operator = (...args: Parameters<ReturnType<typeof losable>['operator']>) => losable(avopay).operator(...args);
async function empty(): Promise<string> {
  const database = await emptyDatabase();
  databases.push(database);
  return database.connectionString;
}

describe('a backup', { timeout: 120_000 }, () => {
  const dump = () => join(folder, 'dump');
  const ids: { paid: string; open: string; later: string } = { paid: '', open: '', later: '' };
  let restored = '';

  beforeAll(async () => {
    const paid = await direct().create();
    const open = await direct().create();
    await direct().pay(paid.body.lightning_invoice);
    await direct().until(paid.id, 'paid');
    expect(await operator(avopay.connectionString, ['backup', dump()])).toMatchObject({ code: 0 });
    const later = await direct().create();
    for (const { id, body } of [open, later]) {
      await direct().pay(body.lightning_invoice);
      await direct().until(id, 'paid');
    }
    Object.assign(ids, { paid: paid.id, open: open.id, later: later.id });
    await losable(avopay).lose();
    restored = await empty();
  }, 120_000);

  test('is a file of its owner alone, shows no secret, and never overwrites another', async () => {
    expect((await stat(dump())).mode & 0o777).toBe(0o600);
    const text = await readFile(dump(), 'utf8');
    for (const secret of [avopay.demo.secret_key, SHARED_KEYS.SEED, SHARED_KEYS.SEALING_KEY, 'ct(slip77('])
      expect(text).not.toContain(secret);
    expect(await operator(await empty(), ['backup', dump()])).toMatchObject({ code: 3 });
    expect(await readFile(dump(), 'utf8')).toBe(text);
  });

  test('that was cut or altered, or belongs to another seed, is refused and leaves the database empty', async () => {
    const text = await readFile(dump(), 'utf8');
    const lines = text.trimEnd().split('\n');
    const altered = [lines.slice(0, -1).join('\n'), text.replace('"currency":"EUR"', '"currency":"USD"'), 'something else\n', ''];
    for (const [n, content] of altered.entries()) {
      const file = join(folder, `altered-${n}`);
      await writeFile(file, content);
      expect(await operator(restored, ['restore', file]), String(n)).toMatchObject({
        code: 1,
        lines: [expect.stringContaining('not a whole dump')],
      });
    }
    const other = await operator(restored, ['restore', dump()], { SEED: '77'.repeat(64) });
    expect(other).toMatchObject({ code: 1, lines: [expect.stringContaining('SEED is not the one')] });
    expect(await queryOn(restored, 'SELECT id FROM "Account" UNION SELECT id FROM "AuditEntry"')).toEqual([]);
  });

  test('comes back into an empty database only, with every row, and with recover what happened after it', async () => {
    expect(await operator(restored, ['restore', dump()])).toMatchObject({ code: 0, lines: [expect.stringContaining('era 2')] });
    expect(await operator(restored, ['restore', dump()])).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('empty database only')],
    });
    const known = await queryOn(restored, 'SELECT id, status FROM "Payment" ORDER BY "createdAt"');
    expect(known).toEqual([
      { id: ids.paid, status: 'paid' },
      { id: ids.open, status: 'pending' },
    ]);

    const recovered = await operator(restored, ['recover']);
    expect(recovered).toMatchObject({
      code: 0,
      lines: expect.arrayContaining([expect.stringContaining('3 claimed, 0 claimable, 0 waiting')]),
    });
    const statuses = await queryOn(restored, 'SELECT id, status FROM "Payment" ORDER BY "createdAt"');
    expect(statuses).toEqual([ids.paid, ids.open, ids.later].map((id) => ({ id, status: 'paid' })));
    const wallet = (await avopay.call('GET', '/sandbox/wallet', { key: null })).body;
    expect(await readBooks(restored, avopay.demo.account_id, wallet)).toMatchObject({ balanced: true, faults: [], paidPayments: 3 });
    const audit = await queryOn(restored, `SELECT action FROM "AuditEntry" WHERE actor = 'operator' ORDER BY "createdAt"`);
    expect(audit.map(({ action }) => action)).toEqual(['database.backed_up', 'database.restored', 'swaps.recovered']);
  });

  test('restored twice gives out no key index twice', async () => {
    const beside = await startBeside(avopay, { DATABASE_URL: restored });
    try {
      const body = { amount: 5, currency: 'EUR' };
      const created = await eventually(async () => {
        const reply = await callJson(`${beside.url}/api/v1/payments`, { method: 'POST', body, key: avopay.demo.secret_key, headers: {} });
        return reply.status === 201 && reply.body;
      });
      const [swap] = await queryOn(restored, 'SELECT "keyEra" AS era, "keyIndex" AS index FROM "Swap" WHERE "subjectId" = $1', [
        created.payment_id,
      ]);
      expect(swap).toEqual({ era: 2, index: 0 });
    } finally {
      await beside.stop();
    }
    expect(await operator(await empty(), ['restore', dump()])).toMatchObject({ code: 0, lines: [expect.stringContaining('era 3')] });
  });

  test('is not restored while a provider cannot say which keys it has seen', async () => {
    const away = { SWAP_PROVIDERS: 'gone=http://127.0.0.1:1/v2' };
    expect(await operator(await empty(), ['restore', dump()], away)).toMatchObject({ code: 1, lines: [expect.stringContaining('gone')] });
  });
});
