import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/lib/log.ts';
import { runCommand } from '../../src/run-command.ts';
import { startAvopay } from '../support/avopay.ts';
import { directPayments } from '../support/direct.ts';
import { merchant } from '../support/merchants.ts';
import { SHARED_KEYS } from '../support/second-server.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay(SHARED_KEYS);
});
afterAll(() => avopay.stop());

const operator = (...words: string[]) =>
  runCommand(words, () => readConfig({ ...SHARED_KEYS, DATABASE_URL: avopay.connectionString }), makeLog('silent'));
const direct = () => directPayments(avopay);
const shop = async () => {
  const owner = await merchant(avopay, {});
  const as = (method: string, path: string, body?: object) => avopay.call(method, `/api/v1/${path}`, { key: owner.key, body });
  return { ...owner, as, create: () => as('POST', 'payments', { amount: 5, currency: 'EUR' }) };
};

describe('account suspend', () => {
  test('shuts keys and links at once, lets open payments settle, is in audit trail and event log, and resume opens it again', async () => {
    const owner = await shop();
    const open = await owner.create();
    const link = await owner.as('POST', 'payment-links', { title: 'Tip', amount_fiat: 5, currency: 'EUR' });
    const invoice: string = (await owner.as('GET', `payments/${open.body.payment_id}`)).body.lightning_invoice;

    expect(await operator('account', 'suspend', owner.id)).toMatchObject({ code: 0 });
    expect((await owner.create()).status).toBe(401);
    expect(
      (await avopay.call('POST', '/api/v1/payments', { key: owner.publishableKey, body: { amount: 5, currency: 'EUR' } })).status,
    ).toBe(401);
    const pay = () => avopay.call('POST', `/api/v1/checkout/link/${link.body.id}/pay`, { key: null, body: {} });
    expect((await pay()).status).toBe(404);

    await direct().pay(invoice);
    const status = async () => (await direct().query('SELECT status FROM "Payment" WHERE id = $1', [open.body.payment_id]))[0]?.status;
    await expect.poll(status, { timeout: 20_000 }).toBe('paid');

    expect(await operator('account', 'resume', owner.id)).toMatchObject({ code: 0 });
    expect((await owner.create()).status).toBe(201);
    expect((await pay()).status).toBe(201);
    for (const table of ['SELECT action AS said FROM "AuditEntry"', 'SELECT type AS said FROM "Event"']) {
      const rows = await direct().query(`${table} WHERE "subjectId" = $1 ORDER BY "createdAt"`, [owner.id]);
      expect(rows.map(({ said }) => said)).toEqual(['account.suspended', 'account.resumed']);
    }
  });

  test('is refused where the account is not in the status that it starts from, and leaves no trace', async () => {
    const owner = await shop();
    expect(await operator('account', 'resume', owner.id)).toEqual({
      code: 1,
      lines: ['refused: there is no account of this id that is suspended'],
    });
    expect((await operator('account', 'suspend', 'acc_x')).code).toBe(1);
    await operator('account', 'suspend', owner.id);
    expect((await operator('account', 'suspend', owner.id)).code).toBe(1);
    expect(await direct().query('SELECT 1 FROM "AuditEntry" WHERE "subjectId" = $1', [owner.id])).toHaveLength(1);
  });

  test('twice at once suspends once', async () => {
    const owner = await shop();
    const both = await Promise.all([operator('account', 'suspend', owner.id), operator('account', 'suspend', owner.id)]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  });
});
