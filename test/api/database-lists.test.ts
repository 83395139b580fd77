import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY_KINDS, KEY_MODES } from '../../src/accounts/api-key.ts';
import {
  LIGHTNING_OFFERS,
  PAYMENT_EXCEPTIONS,
  PAYMENT_METHODS,
  PAYMENT_SOURCES,
  PAYMENT_STATUSES,
  SETTLEMENTS,
} from '../../src/payments/payment.ts';
import { PERIOD_STATUSES } from '../../src/billing/plan-period.ts';
import { PLANS } from '../../src/billing/plan.ts';
import { REGISTRATION_STATUSES } from '../../src/registrations/registration.ts';
import { SWAP_STATUSES } from '../../src/swaps/swap.ts';
import { CONNECTED_VIA } from '../../src/wallets/wallet-store.ts';
import { ENDPOINT_STATUSES } from '../../src/webhooks/endpoint.ts';
import { freshDatabaseWithClient } from '../support/database.ts';

let db: Awaited<ReturnType<typeof freshDatabaseWithClient>>;
let client: typeof db.client;

beforeAll(async () => {
  db = await freshDatabaseWithClient();
  client = db.client;
});
afterAll(() => db.close());

test.each([
  ['Payment', 'P8_status', PAYMENT_STATUSES],
  ['Payment', 'P8_method', PAYMENT_METHODS],
  ['Payment', 'P8_source', PAYMENT_SOURCES],
  ['Payment', 'P8_exception', PAYMENT_EXCEPTIONS],
  ['Payment', 'P8_settlement', SETTLEMENTS],
  ['Payment', 'P8_lightning', LIGHTNING_OFFERS],
  ['Payment', 'P8_mode', KEY_MODES],
  ['ApiKey', 'P8_kind', KEY_KINDS],
  ['ApiKey', 'P8_mode', KEY_MODES],
  ['Swap', 'P8_status', SWAP_STATUSES],
  ['Wallet', 'P8_via', CONNECTED_VIA],
  ['Registration', 'P8_status', REGISTRATION_STATUSES],
  ['Registration', 'P8_plan', PLANS],
  ['PlanPeriod', 'P8_plan', PLANS],
  ['PlanPeriod', 'P8_status', PERIOD_STATUSES],
  ['WebhookEndpoint', 'P8_status', ENDPOINT_STATUSES],
] as const)('%s.%s stores exactly the words that the code knows', async (table, rule, words) => {
  const { rows } = await client.query<{ rule: string }>(
    'SELECT pg_get_constraintdef(oid) AS rule FROM pg_constraint WHERE conname = $1 AND conrelid = to_regclass($2)',
    [rule, `"${table}"`],
  );
  const stored = [...(rows[0]?.rule ?? '').matchAll(/'([^']+)'::text/g)].map(([, word]) => word);
  expect(stored.sort()).toEqual([...words].sort());
});
