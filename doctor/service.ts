import type { Checks } from './check.ts';
import { fits, holds, refusedWith, same } from './check.ts';

const BODY = { amount: 5, currency: 'EUR' };

/** Limits, errors, documents. */
export const SERVICE_CHECKS: Checks = {
  'X-1': async ({ call, wind }) => {
    const statuses: number[] = [];
    let last = await call('POST', '/api/v1/payments', { body: {}, limited: true });
    for (let i = 0; i < 31 && last.status !== 429; i++) {
      statuses.push(last.status);
      last = await call('POST', '/api/v1/payments', { body: {}, limited: true });
    }
    const seconds = last.headers['retry-after'];
    fits('Retry-After', seconds, /^[1-9]\d*$/);
    refusedWith('the limit', last, 429, `Too many requests — retry in ${seconds} seconds`);
    await wind(Number(seconds));
    same('after Retry-After', (await call('POST', '/api/v1/payments', { body: {}, limited: true })).status, 400);
  },
  'X-2': async ({ call, wind }) => {
    await wind(3_600);
    let made = 0;
    while (made < 40 && (await call('POST', '/api/v1/payments', { body: {}, limited: true })).status !== 429) made += 1;
    same('payments a minute', made, 30);
    await wind(60);
  },
  // Both spend what payments spend: a check that sees the thirty-first refused has seen each.
  'P-27': async ({ call, wind }) => {
    await wind(60);
    const statuses: number[] = [];
    for (let i = 0; i < 31; i++) statuses.push((await call('POST', '/api/v1/payments', { body: {}, limited: true })).status);
    same('31 payments in a minute', [statuses.filter((status) => status === 400).length, statuses.at(-1)], [30, 429]);
    await wind(60);
  },
  'L-14': async ({ call, wind, link }) => {
    const { id } = await link();
    await wind(60);
    for (let i = 0; i < 30; i++) await call('POST', '/api/v1/payments', { body: {}, limited: true });
    same(
      'a link after 30 payments',
      (await call('POST', `/api/v1/checkout/link/${id}/pay`, { key: null, body: {}, limited: true })).status,
      429,
    );
    await wind(60);
  },
  'X-4': async ({ call, wind }) => {
    await wind(60);
    const query = 'mutation { createPayment(input: {}) { __typename ... on Refusal { message } } }';
    for (let i = 0; i < 30; i++) await call('POST', '/graphql', { body: { query }, limited: true });
    same('REST after 30 over GraphQL', (await call('POST', '/api/v1/payments', { body: BODY, limited: true })).status, 429);
    await wind(60);
  },
  'X-5': async ({ call, control, keys }) => {
    const { secret_key: broke } = await control('POST', '/accounts', { plan: 'trial', trial_used: 5 });
    const { secret_key: poor } = await control('POST', '/accounts', { wallet: 'none' });
    const ask = (body: object, key: string | null = keys.secret) => call('POST', '/api/v1/payments', { body, key });
    refusedWith('no fields', await ask({}), 400, 'amount and currency are required');
    refusedWith('too small', await ask({ ...BODY, amount: 0.01 }), 400, 'Amount too small — minimum is 1000 sats equivalent');
    refusedWith('no wallet', await ask(BODY, poor), 400, 'Wallet not connected — connect your AQUA wallet first');
    refusedWith('metadata', await ask({ ...BODY, metadata: { n: 'x'.repeat(2_048) } }), 400, 'metadata must be 2KB or less');
    refusedWith('no key', await ask(BODY, null), 401, 'Invalid or missing API key');
    refusedWith('trial over', await ask(BODY, broke), 402, 'trial_limit_reached: subscribe at avopay.dev');
    refusedWith(
      'publishable',
      await call('GET', '/api/v1/payments/pmt_1', { key: keys.publishable }),
      403,
      'Secret key required for this endpoint',
    );
    refusedWith('unknown', await call('GET', '/api/v1/payments/pmt_1'), 404, 'Payment not found');
  },
  'X-6': async ({ call }) => {
    const { status, body } = await call('GET', '/api/v1/openapi.json', { key: null });
    fits('version', body?.openapi, /^3\.1/);
    same('status', status, 200);
    const operations = Object.values<Record<string, { operationId?: string }>>(body.paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    holds('every operation has an id of its own', new Set(ids).size === ids.length && ids.every(Boolean));
    for (const path of [
      '/api/v1/payments',
      '/api/v1/payments/{payment_id}',
      '/api/v1/payment-links',
      '/api/v1/checkout/link/{link_id}/pay',
    ])
      holds(`${path} is missing`, path in body.paths);
  },
  'X-9': async ({ call }) => same('GET /docs', (await call('GET', '/docs', { key: null })).status, 200),
  'X-11': async ({ call, accountId }) => {
    const ask = async (key?: null) =>
      (await call('POST', '/graphql', { body: { query: '{ account { id } }' }, ...(key === null ? { key } : {}) })).body;
    same('with a key', (await ask())?.data?.account?.id, accountId);
    holds('without a key the account is told', (await ask(null))?.errors?.length > 0);
  },
  'X-12': async ({ call, payment }) => {
    const { payment_id } = await payment();
    const { body } = await call('POST', '/graphql', {
      body: { query: `{ payment(id: "${payment_id}") { rate { currency sources takenAt } } }` },
    });
    same('currency of the quote', body?.data?.payment?.rate?.currency, 'EUR');
  },
  'W-17': async ({ call, wind }) => {
    const statuses: number[] = [];
    for (let i = 0; i < 121; i++) statuses.push((await call('POST', '/api/v1/webhooks/doctor/none', { key: null, limited: true })).status);
    same('the last of 121', statuses.at(-1), 429);
    await wind(60);
  },
  'N-4': async (doctor) => {
    const patient = await doctor.shop();
    const made = 21;
    for (let i = 0; i < made; i++) await patient.link();
    const page = async (query: string) => (await patient.call('GET', `/api/v1/payment-links${query}`)).body;
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { data, next_cursor }: { data: { id: string }[]; next_cursor: string | null } = await page(
        `?limit=10${cursor && `&cursor=${cursor}`}`,
      );
      ids.push(...data.map(({ id }) => id));
      cursor = next_cursor;
    }
    same('rows over all pages, each once', [ids.length, new Set(ids).size], [made, made]);
    same('rows without a limit', (await page('')).data.length, 20);
    same('a cursor that is none', (await patient.call('GET', '/api/v1/payment-links?cursor=nothing')).status, 400);
  },
};
