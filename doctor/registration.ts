import type { Checks } from './check.ts';
import type { Json, Patient } from './patient.ts';
import { fits, holds, refusedWith, same } from './check.ts';

const REGISTER = '/api/v1/account/register';
const HINT = `${REGISTER}/boltz-webhook`;
const ACCOUNT = '/api/v1/account';
const HOUR_S = 3_600;
const DAY_MS = 86_400_000;
/** Two prices of one sum may be asked for at different rates. */
const RATE_DRIFT = 0.02;
/** The documented pattern: every five seconds, for a minute. */
const POLLS = 12;

const person = () => ({
  email: `doctor-${performance.now()}@example.com`,
  password: 'YourSecurePass123',
  plan: 'monthly',
  terms_accepted: true,
});
const register = ({ call }: Patient, body: object) => call('POST', REGISTER, { key: null, body });
const poll = ({ call }: Patient, id: string) => call('GET', `${REGISTER}/status/${id}`, { key: null });
const accountOf = async ({ call }: Patient, key: string): Promise<Json> => (await call('GET', ACCOUNT, { key })).body;
const near = (one: number, other: number) => Math.abs(one - other) <= RATE_DRIFT * other;

/** Registers, pays as the shopper, and polls: the first answer that is active. */
async function opened(patient: Patient, body: object): Promise<{ readonly id: string; readonly active: Json }> {
  const { registration_id: id, invoice } = (await register(patient, body)).body ?? {};
  await patient.control('POST', '/pay', { invoice });
  const active = await patient.until('an active registration', async () => {
    const state = (await poll(patient, id)).body;
    return state?.status === 'active' && state;
  });
  return { id, active };
}

/** An agent's way to an account, and what it pays for. */
export const REGISTRATION_CHECKS: Checks = {
  'R-1': async (patient) => same('status', (await register(patient, person())).status, 201),
  'R-2': async (patient) => {
    await patient.wind(HOUR_S);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await patient.call('POST', REGISTER, { key: null, body: {}, limited: true })).status);
    same('the sixth in an hour', [statuses.filter((status) => status === 429).length, statuses.at(-1)], [1, 429]);
    await patient.wind(HOUR_S);
  },
  'R-3': async (patient) => {
    const { body } = await register(patient, person());
    const names = ['registration_id', 'invoice', 'sats', 'plan', 'expires_at', 'message'];
    same('the first fields', Object.keys(body ?? {}).slice(0, names.length), names);
    same('plan', body.plan, 'lightning_monthly');
    fits('registration_id', body.registration_id, /^[0-9a-f]{32,}$/);
    fits('message', body.message, /^Pay this Lightning invoice to activate your account/);
  },
  'R-4': async (patient) => {
    const [monthly, yearly] = [await register(patient, person()), await register(patient, { ...person(), plan: 'yearly' })];
    const { amount_sats } = await patient.payment({ amount: 9, currency: 'USD' });
    holds(`a month is ${monthly.body?.sats} sats, $9 are ${amount_sats}`, near(monthly.body?.sats, amount_sats));
    holds(`a year is ${yearly.body?.sats} sats, $72 are ${8 * amount_sats}`, near(yearly.body?.sats, 8 * amount_sats));
  },
  'R-5': async (patient) => {
    const error = (body: object) => register(patient, body).then((reply) => [reply.status, reply.body?.error]);
    same('nothing', await error({}), [400, 'email, password, plan and terms_accepted are required']);
    same('a short password', await error({ ...person(), password: 'short' }), [400, 'password must be at least 8 characters']);
    same('another plan', await error({ ...person(), plan: 'daily' }), [400, 'plan must be monthly or yearly']);
    same('no terms', await error({ ...person(), terms_accepted: false }), [400, 'terms_accepted must be true']);
  },
  'R-6': async (patient) => {
    const body = person();
    await opened(patient, body);
    const again = { ...body, email: body.email.toUpperCase() };
    refusedWith('the same address', await register(patient, again), 409, 'Email already registered');
  },
  'R-7': async (patient) => {
    const { registration_id, invoice, sats, expires_at } = (await register(patient, person())).body;
    const { body, headers } = await poll(patient, registration_id);
    same('pending', [body?.status, body?.invoice, body?.sats, body?.expires_at], ['pending', invoice, sats, expires_at]);
    same('cache-control', headers['cache-control'], 'no-store');
    refusedWith('unknown', await poll(patient, 'a1b2c3'), 404, 'Registration not found');
    await patient.wind(25 * HOUR_S);
    await patient.until('the registration expired', async () => (await poll(patient, registration_id)).text === '{"status":"expired"}');
  },
  'R-8': async (patient) => {
    const { id, active } = await opened(patient, person());
    same('the first fields', Object.keys(active), ['status', 'api_key', 'plan', 'note']);
    fits('api_key', active.api_key, /^ak_live_/);
    same('its words', [active.plan, active.note], ['lightning_monthly', 'Save this API key — it will not be shown again.']);
    same('the second poll', (await poll(patient, id)).body, { status: 'active', api_key_retrieved: true });
    same('the key works', (await patient.call('GET', '/api/v1/payment-links', { key: active.api_key })).status, 200);
  },
  'R-9': async (patient) => {
    const { registration_id } = (await register(patient, person())).body;
    for (const body of [{ event: 'swap.update', data: { id: registration_id, status: 'invoice.settled' } }, {}])
      same('a hint', (await patient.call('POST', HINT, { key: null, body })).status, 200);
    same('what it opened', (await poll(patient, registration_id)).body?.status, 'pending');
    await opened(patient, person());
  },
  'R-10': async (patient) => {
    const { registration_id } = (await register(patient, person())).body;
    for (let i = 0; i < POLLS; i++)
      same('a poll', (await patient.call('GET', `${REGISTER}/status/${registration_id}`, { key: null, limited: true })).status, 200);
  },
  'R-13': async (patient) => {
    const { active } = await opened(patient, person());
    const now = Date.parse((await patient.control('GET', '')).now);
    const days = (Date.parse((await accountOf(patient, active.api_key)).renews_at) - now) / DAY_MS;
    holds(`a month is ${days} days`, days > 27.9 && days <= 31);
  },
  'R-14': async (patient) => {
    const { active } = await opened(patient, person());
    const before = Date.parse((await accountOf(patient, active.api_key)).renews_at);
    const { status, body } = await patient.call('POST', `${ACCOUNT}/subscription`, { key: active.api_key, body: { plan: 'monthly' } });
    same('an invoice for another month', status, 201);
    await patient.control('POST', '/pay', { invoice: body.invoice });
    const days = await patient.until('a later end of the plan', async () => {
      const later = Date.parse((await accountOf(patient, active.api_key)).renews_at) - before;
      return later > 0 && later / DAY_MS;
    });
    holds(`the second month is ${days} days`, days >= 28 && days <= 31);
  },
  'R-15': async (patient) => {
    const { active } = await opened(patient, person());
    const account = await accountOf(patient, active.api_key);
    fits('publishable_key', account.publishable_key, /^ak_pub_/);
    same('plan and wallet', [account.plan, account.wallet], ['lightning_monthly', { connected: false }]);
    holds('the trial is counted', Number.isInteger(account.trial_used));
    holds('a secret key is told', !JSON.stringify(account).includes(active.api_key));
  },
};
