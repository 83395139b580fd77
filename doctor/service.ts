import type { Checks } from './check.ts';
import type { Patient } from './patient.ts';
import { fits, holds, refusedWith, same } from './check.ts';

const REGISTER = '/api/v1/account/register';
const CONNECT = '/api/v1/connect/descriptor';
const BODY = { amount: 5, currency: 'EUR' };
const person = () => ({
  email: `doctor-${performance.now()}@example.com`,
  password: 'YourSecurePass123',
  plan: 'monthly',
  terms_accepted: true,
});
const register = ({ call }: Patient, body: object) => call('POST', REGISTER, { key: null, body });
const poll = ({ call }: Patient, id: string) => call('GET', `${REGISTER}/status/${id}`, { key: null });

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
    for (let i = 0; i < 3; i++) await patient.link();
    const first = (await patient.call('GET', '/api/v1/payment-links?limit=2')).body;
    const second = (await patient.call('GET', `/api/v1/payment-links?limit=2&cursor=${first?.next_cursor}`)).body;
    same('rows', [first?.data?.length, second?.data?.length, second?.next_cursor], [2, 1, null]);
  },
};

/** Registration and wallets. */
export const ACCOUNT_CHECKS: Checks = {
  'R-1': async (patient) => same('status', (await register(patient, person())).status, 201),
  'R-2': async (patient) => {
    await patient.wind(3_600);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await patient.call('POST', REGISTER, { key: null, body: {}, limited: true })).status);
    same('the sixth in an hour', [statuses.filter((status) => status === 429).length, statuses.at(-1)], [1, 429]);
    await patient.wind(3_600);
  },
  'R-3': async (patient) => {
    const { body } = await register(patient, person());
    for (const name of ['registration_id', 'invoice', 'sats', 'plan', 'expires_at', 'message'])
      holds(`${name} is missing`, body?.[name] !== undefined);
    same('plan', body.plan, 'lightning_monthly');
  },
  'R-5': async (patient) => {
    const error = (body: object) => register(patient, body).then((reply) => [reply.status, reply.body?.error]);
    same('nothing', await error({}), [400, 'email, password, plan and terms_accepted are required']);
    same('a short password', await error({ ...person(), password: 'short' }), [400, 'password must be at least 8 characters']);
    same('another plan', await error({ ...person(), plan: 'daily' }), [400, 'plan must be monthly or yearly']);
    same('no terms', await error({ ...person(), terms_accepted: false }), [400, 'terms_accepted must be true']);
  },
  'R-7': async (patient) => {
    const { registration_id } = (await register(patient, person())).body;
    const { body } = await poll(patient, registration_id);
    same('pending', [body?.status, typeof body?.invoice, typeof body?.sats], ['pending', 'string', 'number']);
    refusedWith('unknown', await poll(patient, 'a1b2c3'), 404, 'Registration not found');
  },
  'R-8': async (patient) => {
    const { registration_id, invoice } = (await register(patient, person())).body;
    await patient.control('POST', '/pay', { invoice });
    const first = await patient.until('an active registration', async () => {
      const { body } = await poll(patient, registration_id);
      return body?.status === 'active' && body;
    });
    fits('api_key', first.api_key, /^ak_live_/);
    same('the second poll', (await poll(patient, registration_id)).body, { status: 'active', api_key_retrieved: true });
    same('the key works', (await patient.call('GET', '/api/v1/payment-links', { key: first.api_key })).status, 200);
  },
  'D-1': async ({ call }) => same('without descriptors', (await call('POST', CONNECT, { body: {} })).status, 400),
  'D-2': async ({ call }) => {
    const sample = `ct(slip77(${'11'.repeat(32)}),elsh(wpkh(none/0/*)))`;
    const { status } = await call('POST', CONNECT, { body: { lbtc_descriptor: sample, btcln_descriptor: sample } });
    holds(`a second wallet was answered ${status}`, status === 409 || status === 400);
  },
  'D-3': async ({ call, control }) => {
    const { secret_key: key } = await control('POST', '/accounts', { wallet: 'none' });
    const secret = `ct(slip77(${'11'.repeat(32)}),elsh(wpkh(xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi/0/*)))`;
    const reply = await call('POST', CONNECT, { key, body: { lbtc_descriptor: secret, btcln_descriptor: secret } });
    same('a private key', reply.status, 400);
    holds('the answer repeats it', !reply.text.includes('xprv9s21'));
  },
};
