import type { Avopay } from '../support/avopay.ts';
import type { TestDatabase } from '../support/database.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDescriptor } from '../../sandbox/merchant-wallet/wallet-descriptor.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { startAvopay } from '../support/avopay.ts';
import { freshDatabase } from '../support/database.ts';
import { PASSWORD } from '../support/registrations.ts';
import { startBeside } from '../support/second-server.ts';

let avopay: Avopay;
let alone: TestDatabase;
beforeAll(async () => {
  avopay = await startAvopay({ BILLING: 'off' });
  alone = await freshDatabase();
});
afterAll(async () => {
  await avopay.stop();
  await alone.close();
});

const REGISTRATION = { email: 'agent@example.com', password: PASSWORD, plan: 'monthly', terms_accepted: true };
const beside = (settings: Record<string, string>) => startBeside(avopay, { DATABASE_URL: alone.connectionString, ...settings });
test('with BILLING=off no account is ever asked for a plan, and there is none to buy', async () => {
  const made = await avopay.call('POST', '/sandbox/accounts', { body: { plan: 'trial', trial_used: 99 }, key: null });
  const { secret_key: key } = made.body;
  expect((await avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR' }, key })).status).toBe(201);
  const registered = await avopay.call('POST', '/api/v1/account/register', { body: REGISTRATION, key: null });
  expect([registered.status, registered.body.error]).toEqual([403, 'Registration by payment is switched off on this server']);
  const plan = await avopay.call('POST', '/api/v1/account/subscription', { body: { plan: 'monthly' }, key });
  expect([plan.status, plan.body.code]).toEqual([403, 'billing_off']);
  const { body } = await avopay.call('POST', '/graphql', { body: { query: '{ plan { state } }' }, key });
  expect(body.data.plan.state).toBe('OFF');
});

test('R-12: a server whose operator has connected no wallet answers registrations 503 in plain words', async () => {
  const server = await beside({});
  try {
    const reply = await server.call('POST', '/api/v1/account/register', { body: REGISTRATION, key: null });
    expect([reply.status, reply.body.error]).toEqual([
      503,
      'This server takes no payments for plans: its operator has connected no wallet',
    ]);
    const wrong = await server.call('POST', '/api/v1/account/register', { body: { ...REGISTRATION, plan: 'x' }, key: null });
    expect(wrong.status).toBe(400);
  } finally {
    await server.stop();
  }
});

test('R-12: the operator’s wallet is that of the settings, or the server does not start', async () => {
  await expect(beside({ OPERATOR_DESCRIPTOR: 'ct(no)' })).rejects.toThrow(/^OPERATOR_DESCRIPTOR: /);
  const server = await beside({ OPERATOR_DESCRIPTOR: makeDescriptor(systemRandom(64)) });
  try {
    const reply = await server.call('POST', '/api/v1/account/register', { body: REGISTRATION, key: null });
    expect(reply.status).toBe(201);
  } finally {
    await server.stop();
  }
  await expect(beside({ OPERATOR_DESCRIPTOR: makeDescriptor(systemRandom(64)) })).rejects.toThrow(
    'OPERATOR_DESCRIPTOR is not the wallet that the operator’s account has connected',
  );
});
