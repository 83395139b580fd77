import type { Checks } from './check.ts';
import type { Json, Patient } from './patient.ts';
import { fits, holds, refusedWith, same } from './check.ts';

const PAYMENTS = '/api/v1/payments';
const BODY = { amount: 49.99, currency: 'EUR' };
const CURRENCIES = ['EUR', 'USD', 'GBP', 'CAD', 'AUD', 'JPY', 'CHF', 'DKK', 'BRL'];
/** Longer than any rate may be used, and than a session lasts. */
const LONG_S = 700;

const create = (patient: Patient, body: unknown, more: object = {}) => patient.call('POST', PAYMENTS, { body, ...more });
const refused = async (patient: Patient, body: unknown, error: string) =>
  refusedWith(JSON.stringify(body).slice(0, 60), await create(patient, body), 400, error);
const payInvoice = ({ control }: Patient, { lightning_invoice: invoice }: Json) => control('POST', '/pay', { invoice });
const untilStatus = ({ until, read }: Patient, id: string, status: string): Promise<Json> =>
  until(`payment ${status}`, async () => {
    const payment = await read(id);
    return payment.status === status && payment;
  });
/** Runs with faults of the sandbox, which are gone afterwards whatever happens. */
async function withFaults(patient: Patient, faults: object, run: () => Promise<void>): Promise<void> {
  await patient.control('POST', '/faults', faults);
  try {
    await run();
  } finally {
    await patient.control('DELETE', '/faults');
  }
}

/** Creating payments. */
export const CREATION: Checks = {
  'P-1': async (patient) => {
    for (const key of Object.values(patient.keys)) same('status', (await create(patient, BODY, { key })).status, 201);
  },
  'P-2': async (patient) => same('amount and currency alone', (await create(patient, BODY)).status, 201),
  'P-3': async (patient) => {
    for (const body of [{}, { amount: 5 }, { currency: 'EUR' }]) await refused(patient, body, 'amount and currency are required');
  },
  'P-4': async (patient) => {
    for (const amount of [0, -5, 'five', [5]]) await refused(patient, { ...BODY, amount }, 'amount must be a positive number');
  },
  'P-5': async (patient) => {
    same('"49.99"', (await patient.payment({ ...BODY, amount: '49.99' })).amount_fiat, 49.99);
    await refused(patient, { ...BODY, amount: '4,99' }, 'amount must be a positive number');
  },
  'P-6': async (patient) => {
    same('49.989999999999995', (await patient.payment({ ...BODY, amount: 49.989999999999995 })).amount_fiat, 49.99);
    await refused(patient, { ...BODY, amount: 49.999 }, 'too many decimal places for EUR');
  },
  'P-7': async (patient) => {
    for (const currency of CURRENCIES)
      same(currency, (await create(patient, { amount: 5_000, currency: currency.toLowerCase() })).status, 201);
    fits('SEK', (await create(patient, { amount: 5, currency: 'SEK' })).body?.error, new RegExp(CURRENCIES.join(', ')));
  },
  'P-8': async (patient) => {
    same('5000 yen', (await patient.payment({ amount: 5_000, currency: 'JPY' })).amount_fiat, 5_000);
    await refused(patient, { amount: 500.5, currency: 'JPY' }, 'too many decimal places for JPY');
  },
  'P-9': async (patient) => {
    for (const redirect_url of ['javascript:alert(1)', '/relative', 'https://a:b@shop.example/'])
      same(redirect_url, (await create(patient, { ...BODY, redirect_url })).status, 400);
  },
  'P-10': async (doctor) => {
    const patient = await doctor.shop();
    const payment = await patient.payment({ amount: 5, currency: 'EUR', redirect_url: 'https://shop.example/done?a=1&status=x#top' });
    await payInvoice(patient, payment);
    await untilStatus(patient, payment.payment_id, 'paid');
    const { body } = await patient.call('GET', `/pay/${payment.payment_id}/status`, { key: null });
    const url = new URL(body?.redirectUrl ?? 'none:');
    same(
      'the way back',
      [url.searchParams.get('a'), url.searchParams.getAll('status'), url.searchParams.get('payment_id'), url.hash],
      ['1', ['paid'], payment.payment_id, '#top'],
    );
  },
  'P-11': async (patient) => {
    const metadata = { order: '1', deep: { x: [1, null] } };
    same('metadata', (await patient.payment({ ...BODY, metadata })).metadata, metadata);
    await refused(patient, { ...BODY, metadata: { n: 'x'.repeat(2_048) } }, 'metadata must be 2KB or less');
    await refused(patient, { ...BODY, metadata: [1] }, 'metadata must be an object');
    same('absent', (await patient.payment(BODY)).metadata, {});
  },
  'P-12': async (patient) => {
    const { status, body } = await create(patient, BODY);
    same('201 and its fields', [status, Object.keys(body ?? {}).slice(0, 3)], [201, ['payment_id', 'checkout_url', 'expires_at']]);
  },
  'P-13': async (patient) => {
    const { created_at, expires_at } = await patient.payment(BODY);
    same('seconds', (Date.parse(expires_at) - Date.parse(created_at)) / 1_000, 600);
  },
  'P-14': (patient) => refused(patient, { ...BODY, amount: 0.01 }, 'Amount too small — minimum is 1000 sats equivalent'),
  'P-15': async (patient) =>
    fits(
      '900,000 EUR',
      (await create(patient, { ...BODY, amount: 900_000 })).body?.error,
      /^Amount too large — maximum is \d+ sats equivalent$/,
    ),
  'P-16': async (patient) => {
    const { secret_key: key } = await patient.control('POST', '/accounts', { wallet: 'none' });
    refusedWith('no wallet', await create(patient, BODY, { key }), 400, 'Wallet not connected — connect your AQUA wallet first');
  },
  'P-17': async (patient) => {
    const { secret_key: key } = await patient.control('POST', '/accounts', { plan: 'trial', trial_used: 5 });
    refusedWith('trial over', await create(patient, BODY, { key }), 402, 'trial_limit_reached: subscribe at avopay.dev');
  },
  'P-18': async (patient) => {
    const { secret_key: key } = await patient.control('POST', '/accounts', { plan: 'trial', trial_used: 4 });
    const { payment_id } = (await create(patient, { amount: 5, currency: 'EUR' }, { key })).body;
    const read = async () => (await patient.call('GET', `${PAYMENTS}/${payment_id}`, { key })).body;
    await payInvoice(patient, await read());
    await patient.until('payment paid', async () => (await read()).status === 'paid');
    same('after the fifth', (await create(patient, BODY, { key })).status, 402);
  },
  'P-19': (patient) =>
    withFaults(patient, { rates: 'all_down' }, async () => {
      await patient.wind(LONG_S);
      refusedWith('no rate', await create(patient, BODY), 503, 'Failed to fetch exchange rate — please retry');
    }),
  'P-20': (patient) =>
    withFaults(patient, { provider: 'refuse_create' }, async () =>
      refusedWith('no provider', await create(patient, BODY), 503, 'Payment provider unavailable — please retry'),
    ),
  'P-24': async (patient) => {
    const headers = { 'idempotency-key': `doctor-${performance.now()}` };
    const [first, again] = [await create(patient, BODY, { headers }), await create(patient, BODY, { headers })];
    same('the repeat', [again.body?.payment_id, again.headers['idempotent-replayed']], [first.body?.payment_id, 'true']);
    same('another body', (await create(patient, { ...BODY, amount: 5 }, { headers })).status, 409);
  },
  'P-25': async (patient) => same('an unknown field', (await create(patient, { ...BODY, colour: 'red' })).status, 201),
};

/** Reading payments, and money that comes. */
export const READING: Checks = {
  'G-1': async (patient) =>
    same('the first fields', Object.keys(await patient.payment()).slice(0, 7), [
      'payment_id',
      'status',
      'amount_fiat',
      'currency',
      'amount_sats',
      'created_at',
      'checkout_url',
    ]),
  'G-2': async (patient) => {
    const { secret_key: key } = await patient.control('POST', '/accounts', {});
    const foreign = (await create(patient, BODY, { key })).body?.payment_id;
    for (const id of ['pmt_00000000000000000000000000', 'pmt_1', foreign])
      refusedWith(id, await patient.call('GET', `${PAYMENTS}/${id}`), 404, 'Payment not found');
  },
  'G-3': async (patient) => {
    const { payment_id, status } = await patient.payment();
    same('at first', status, 'pending');
    await patient.wind(LONG_S);
    await untilStatus(patient, payment_id, 'expired');
  },
  'G-4': async (doctor) => {
    const patient = await doctor.shop();
    const [one, other] = [await patient.payment(), await patient.payment()];
    await payInvoice(patient, one);
    same('Lightning', (await untilStatus(patient, one.payment_id, 'paid')).method, 'lightning');
    await patient.control('POST', '/send', { address: other.liquid_address, amount_sats: other.amount_sats });
    same('L-BTC', (await untilStatus(patient, other.payment_id, 'paid')).method, 'liquid');
  },
  'G-6': async (doctor) => {
    const patient = await doctor.shop();
    const { payment_id, liquid_address: address, amount_sats } = await patient.payment();
    await patient.wind(LONG_S);
    await untilStatus(patient, payment_id, 'expired');
    await patient.control('POST', '/send', { address, amount_sats });
    same('late', (await untilStatus(patient, payment_id, 'paid')).late, true);
  },
  'G-7': async (doctor) => {
    const patient = await doctor.shop();
    const sent = async (...shares: ((sats: number) => number)[]) => {
      const { payment_id, liquid_address: address, amount_sats } = await patient.payment();
      for (const share of shares) await patient.control('POST', '/send', { address, amount_sats: share(amount_sats) });
      return (await untilStatus(patient, payment_id, 'paid')).exception;
    };
    const half = (sats: number) => Math.ceil(sats / 2);
    same('two halves', await sent((sats) => sats - half(sats), half), null);
    same('too much', await sent((sats) => sats + 7), 'overpaid');
  },
  'G-9': async (doctor) => {
    const patient = await doctor.shop();
    const { payment_id, liquid_address: address, amount_sats } = await patient.payment();
    await patient.control('POST', '/send', { address, amount_sats, asset: 'OTHER' });
    await patient.control('POST', '/blocks', { count: 1 });
    same('status', (await patient.read(payment_id)).status, 'pending');
  },
  'G-11': async (patient) => {
    const { payment_id } = await patient.payment();
    same('cache-control', (await patient.call('GET', `${PAYMENTS}/${payment_id}`)).headers['cache-control'], 'no-store');
  },
  'G-12': async (patient) => {
    const { body } = await patient.call('GET', `${PAYMENTS}?limit=1`);
    holds('GET /payments answers {data, next_cursor}', Array.isArray(body?.data) && 'next_cursor' in body);
  },
};
