import type { LogLine } from '../support/avopay.ts';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Avopay, eventually, keptLog, startAvopay } from '../support/avopay.ts';
import { startMailServer } from '../support/mail-server.ts';
import { pass, signedUp, stranger } from '../support/person.ts';

const log: LogLine[] = [];
let server: Awaited<ReturnType<typeof startMailServer>>;
let avopay: Avopay;
beforeAll(async () => {
  server = await startMailServer();
  avopay = await startAvopay({ SMTP_URL: server.url, MAIL_FROM: 'Shop pay <pay@avopay.example>' }, keptLog(log));
});
afterAll(async () => {
  await avopay.stop();
  await server.close();
});

const takenFor = (email: string) => server.taken.filter(({ to }) => to.includes(email));
const tokenIn = (data: string) => /#token=3?D?([\w-]{43})/.exec(data.replaceAll(/=\n/g, ''))?.[1] ?? '';
const rows = async (sql: string) => (await avopay.db.query(sql)).rows;

test('a mail reaches the operator’s mail server with its sender, and its token works', async () => {
  const person = await signedUp(avopay);
  const mail = await eventually(async () => takenFor(person.email)[0]);
  expect(mail.from).toBe('MAIL FROM:<pay@avopay.example>');
  expect(mail.data).toContain('From: Shop pay <pay@avopay.example>');
  expect(mail.data).toMatch(/^Message-ID: <mai_[0-9a-z]{26}@avopay\.example>$/m);
  expect(mail.data).toContain('Subject: Confirm your e-mail address');
  expect((await person.call('POST', '/api/v1/auth/verify', { token: tokenIn(mail.data) })).status).toBe(200);
});

test('a mail that is not taken is tried again later, with the same token, and no log says to whom', async () => {
  server.state.refusing = true;
  const person = await signedUp(avopay);
  await eventually(async () => server.state.refused > 0);
  await pass(avopay, 3 * 60);
  await eventually(async () => server.state.refused > 1);
  expect(takenFor(person.email)).toEqual([]);
  server.state.refusing = false;
  await pass(avopay, 10 * 60);
  const mail = await eventually(async () => takenFor(person.email)[0]);
  expect((await person.call('POST', '/api/v1/auth/verify', { token: tokenIn(mail.data) })).status).toBe(200);
  await pass(avopay, 60 * 60);
  expect(takenFor(person.email)).toHaveLength(1);
  const text = inspect(log, { depth: 10 });
  expect(text).toContain('a mail was not taken');
  for (const secret of [person.email, tokenIn(mail.data), person.password]) expect(text).not.toContain(secret);
});

test('no token, no cookie and no password rests in the database', async () => {
  const person = await signedUp(avopay);
  await person.call('POST', '/api/v1/auth/password/reset', { email: person.email });
  const mails = await eventually(async () => (takenFor(person.email).length === 2 ? takenFor(person.email) : null));
  const tables = ['User', 'Session', 'OneTimeToken', 'MailOutbox', 'AuditEntry', 'Account', 'ApiKey'];
  const dumps = await Promise.all(tables.map((table) => rows(`SELECT t::text AS row FROM "${table}" t`)));
  const text = dumps
    .flat()
    .map(({ row }) => row)
    .join('\n');
  const cookie = person.cookie?.split('=')[1] ?? '';
  for (const secret of [...mails.map(({ data }) => tokenIn(data)), cookie, person.password]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
  }
});

test('failed sign-ins stand in the audit trail once a quarter of an hour, known address or not', async () => {
  const person = await signedUp(avopay);
  const failures = () => rows(`SELECT "subjectId", "ip" FROM "AuditEntry" WHERE "action" = 'sign_in.failed'`);
  const before = (await failures()).length;
  const fail = async (email: string) => {
    for (let n = 0; n < 4; n++) await stranger(avopay).call('POST', '/api/v1/auth/login', { email, password: 'wrong password' });
  };
  await pass(avopay, 15 * 60);
  await fail(person.email);
  await fail('nobody@shop.example');
  const after = (await failures()).slice(before);
  expect(after).toHaveLength(2);
  expect(after.map(({ subjectId }) => subjectId === null).sort()).toEqual([false, true]);
  expect(after.every(({ ip }) => ip === '127.0.0.1')).toBe(true);
});
