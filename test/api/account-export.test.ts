import type { AddressInfo } from 'node:net';
import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendDocument } from '../../rest-adapter/document-handler.ts';
import { EXPORT_SECTIONS } from '../../src/exports/export-page.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { wind } from '../support/registrations.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const rows = async (sql: string, values: unknown[] = []): Promise<Json[]> => (await avopay.db.query(sql, values)).rows;
const shop = async (): Promise<Json> => (await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null })).body;
const exported = (key: string) => avopay.call('GET', '/api/v1/account/export', { key });
const MANY = 230;
/** More payments than two pages hold, many of them in one millisecond. */
const addPayments = (accountId: string) =>
  avopay.db.query(
    `INSERT INTO "Payment" (id, "accountId", mode, status, version, source, currency, "fiatMinor", "amountSats", "quoteId", "metadataText", lightning, "createdAt", "expiresAt", late, "receivedSats")
     SELECT 'pmt_' || lpad(i::text, 26, '0'), $1, 'live', 'pending', 0, 'secret', 'EUR', 499, 9007199254740, 'quo_1', '{"order":12345678901234567890}', 'none_configured',
       '2026-01-01T00:00:00Z'::timestamptz + (i / 50) * interval '1 ms', '2026-01-01T01:00:00Z', false, 0 FROM generate_series(1, $2::int) i`,
    [accountId, MANY],
  );

test('an account takes everything with it in one document, each row once, and nothing of anybody else', async () => {
  const [mine, other] = [await shop(), await shop()];
  const key = mine.secret_key;
  await addPayments(mine.account_id);
  const link = await avopay.call('POST', '/api/v1/payment-links', { key, body: { title: 'Tea', amount_fiat: 5, currency: 'EUR' } });
  const endpoint = await avopay.call('POST', '/api/v1/webhook-endpoints', { key, body: { url: 'http://127.0.0.1:1999/hooks?token=mine' } });
  await avopay.call('POST', '/api/v1/payment-links', {
    key: other.secret_key,
    body: { title: 'Not mine', amount_fiat: 5, currency: 'EUR' },
  });
  expect([link.status, endpoint.status], endpoint.text).toEqual([201, 201]);
  const { status, body, headers, text } = await exported(key);
  expect(status).toBe(200);
  expect(headers.get('content-disposition')).toBe('attachment; filename="account.json"');
  expect(Object.keys(body)).toEqual(['exported_at', ...EXPORT_SECTIONS]);
  expect(body.account).toMatchObject({ id: mine.account_id, status: 'active', settings: expect.any(Object) });
  expect(new Set(body.payments.map(({ id }: Json) => id)).size).toBe(MANY);
  expect(body.payments).toHaveLength(MANY);
  expect(body.payments[0]).toMatchObject({
    amount_fiat: 4.99,
    currency: 'EUR',
    amount_sats: 9007199254740,
    created_at: '2026-01-01T00:00:00.004Z',
  });
  expect(text).toContain('"metadata":{"order":12345678901234567890}'); // digit for digit
  expect(body.links.map(({ id, title, amount_fiat }: Json) => [id, title, amount_fiat])).toEqual([[link.body.id, 'Tea', 5]]);
  expect(body.endpoints.some(({ id }: Json) => id === endpoint.body.id)).toBe(true);
  expect(body.people).toEqual([expect.objectContaining({ email: mine.email })]);
  const events = await rows('SELECT id FROM "Event" WHERE "accountId" = $1 ORDER BY sequence DESC', [mine.account_id]);
  expect(body.events.map(({ id }: Json) => id)).toEqual(events.map(({ id }) => id));
  expect(body.audit[0]).toMatchObject({ action: 'account.exported', subject_id: mine.account_id });
  expect(text).not.toContain('Not mine');
  expect(text).not.toContain(other.account_id);

  const secrets = [key, endpoint.body.secret, '$argon2', 'ct(slip77', 'elwpkh', 'hash', 'sealed'];
  for (const secret of secrets) expect(secret, 'a secret to look for').toEqual(expect.any(String));
  expect(secrets.filter((secret) => text.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
});

test('an export begins once a minute, of twenty at once one does, and the next succeeds when it is told to', async () => {
  const { secret_key: key, account_id: accountId } = await shop();
  const replies = await Promise.all(Array.from({ length: 20 }, () => exported(key)));
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  const refused = replies.find(({ status }) => status !== 200);
  expect([refused?.status, refused?.body.code]).toEqual([429, 'export_limit']);
  await wind(avopay, Number(refused?.headers.get('retry-after')));

  expect((await exported(key)).status).toBe(200);
  expect(await rows(`SELECT 1 FROM "AuditEntry" WHERE "accountId" = $1 AND action = 'account.exported'`, [accountId])).toHaveLength(2);
});

test('X-11: over GraphQL the same comes page by page; what is no place in it is refused', async () => {
  const { secret_key: key, account_id: accountId } = await shop();
  const QUERY = 'query Pages($after: String) { accountExport(after: $after) { section rows next } }';
  const page = async (after: string | null): Promise<Json> =>
    (await avopay.call('POST', '/graphql', { key, body: { query: QUERY, variables: { after } } })).body;
  const sections: string[] = [];
  for (let after: string | null = null; ; ) {
    const { data } = await page(after);
    sections.push(data.accountExport.section);
    if (data.accountExport.section === 'account') expect(data.accountExport.rows[0].id).toBe(accountId);
    after = data.accountExport.next;
    if (after === null) break;
  }
  expect(sections).toEqual([...EXPORT_SECTIONS]);
  for (const wrong of [
    '',
    'nothing',
    Buffer.from('events.1.1.abc').toString('base64url'),
    Buffer.from('secrets.1').toString('base64url'),
  ]) {
    expect((await page(wrong)).errors?.[0].extensions.code, wrong).toBe('invalid_cursor');
  }
});

test('a document that breaks off in the middle does not look whole', async () => {
  const app = express();
  const first = { exported_at: 'now', section: 'keys', rows: [{ id: 'key_1' }], next_cursor: 'more' };
  app.get('/', (_request, response) => sendDocument(response, 'account.json', { first, next: async () => null }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  await expect(fetch(`http://127.0.0.1:${port}/`).then((reply) => reply.text())).rejects.toThrow();
  await new Promise((resolve) => server.close(resolve));
});

test('the worker forgets by itself once the time has come, and keeps the payment that the forgotten key had made', async () => {
  const { secret_key: key } = await shop();
  const body = { amount: 5, currency: 'EUR' };
  const made = await avopay.call('POST', '/api/v1/payments', { key, body, headers: { 'idempotency-key': 'kept for a day' } });
  const keys = () => rows('SELECT 1 FROM "IdempotencyRecord" WHERE "resultId" = $1', [made.body.payment_id]);
  await wind(avopay, 86_400 - 120);
  expect(await keys()).toHaveLength(1);
  await wind(avopay, 120 + 600);
  await eventually(async () => (await keys()).length === 0);
  expect((await avopay.call('GET', `/api/v1/payments/${made.body.payment_id}`, { key })).status).toBe(200);
});
