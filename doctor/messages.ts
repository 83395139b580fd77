import type { Check, Checks } from './check.ts';
import type { Json, Patient } from './patient.ts';
import { createHmac } from 'node:crypto';
import { fits, holds, same } from './check.ts';

const FIELDS = ['event', 'payment_id', 'link_id', 'amount_fiat', 'currency', 'amount_sats', 'metadata', 'settled_at'];
const SECRET = 'whsec_of_the_doctor';
/** Session, grace before the expiry commits, and a margin. */
const EXPIRY_S = 700;
/** The documented waits, each a little longer than it may be. */
const RETRIES_S = [70, 340, 1_000];

type Shop = { readonly patient: Patient; readonly received: (count: number) => Promise<Json[]>; readonly inbox: string };

/** An account whose webhooks arrive in an inbox of the sandbox. */
async function listening(doctor: Patient, answer: object = { status: 200 }): Promise<Shop> {
  const patient = await doctor.shop();
  const { id, url } = await patient.control('POST', '/inbox');
  await patient.control('PUT', `/inbox/${id}`, answer);
  await patient.control('POST', '/webhook', { account_id: patient.accountId, url, secret: SECRET });
  const received = (count: number) =>
    patient.until(`webhook ${count}`, async () => {
      const all = await patient.control('GET', `/inbox/${id}`);
      return all.length >= count && all;
    });
  return { patient, received, inbox: id };
}

async function paid({ patient }: Shop, body?: object): Promise<Json> {
  const payment = await patient.payment(body);
  await patient.control('POST', '/pay', { invoice: payment.lightning_invoice });
  return payment;
}

const confirmed: Check = async (doctor) => {
  const shop = await listening(doctor);
  const payment = await paid(shop, { amount: 5, currency: 'EUR', metadata: { order: '7' } });
  const [call] = await shop.received(1);
  const event = JSON.parse(call.body);
  same('fields', Object.keys(event), FIELDS);
  same(
    'values',
    [event.event, event.payment_id, event.link_id, event.amount_fiat, event.metadata],
    ['payment.confirmed', payment.payment_id, null, 5, { order: '7' }],
  );
  fits('settled_at', event.settled_at, /Z$/);
};

/** Webhooks. */
export const WEBHOOK_CHECKS: Checks = {
  'W-1': confirmed,
  'W-2': async (doctor) => {
    const shop = await listening(doctor);
    await shop.patient.payment();
    await shop.patient.wind(EXPIRY_S);
    same('event', JSON.parse((await shop.received(1))[0].body).event, 'payment.expired');
  },
  'W-3': async (doctor) => {
    await confirmed(doctor);
    const shop = await listening(doctor);
    await shop.patient.payment();
    await shop.patient.wind(EXPIRY_S);
    const event = JSON.parse((await shop.received(1))[0].body);
    same('an expired one', [Object.keys(event), event.settled_at], [FIELDS, null]);
  },
  'W-5': async (doctor) => {
    const shop = await listening(doctor);
    await paid(shop);
    const [{ headers, body }] = await shop.received(1);
    same('X-AvoPay-Signature', headers['x-avopay-signature'], `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`);
  },
  'W-6': async (doctor) => {
    const shop = await listening(doctor, [{ status: 500 }]);
    await paid(shop);
    await shop.received(1);
    await shop.patient.wind(RETRIES_S[0] ?? 0);
    const [one, other] = await shop.received(2);
    holds('two attempts share a delivery id', one.headers['x-avopay-delivery-id'] !== other.headers['x-avopay-delivery-id']);
    fits('X-AvoPay-Delivery-ID', one.headers['x-avopay-delivery-id'], /^[0-9a-f]{16,}$/);
    same('the bytes', other.body, one.body);
  },
  'W-7': async (doctor) => {
    const shop = await listening(doctor, [{ status: 302, location: 'http://127.0.0.1:1/' }, { status: 204 }]);
    await paid(shop);
    await shop.received(1);
    await shop.patient.wind(RETRIES_S[0] ?? 0);
    await shop.received(2);
    await shop.patient.wind(RETRIES_S[1] ?? 0);
    same('calls after a 204', (await shop.received(2)).length, 2);
  },
  'W-8': async (doctor) => {
    const shop = await listening(doctor, { status: 500 });
    await paid(shop);
    await shop.received(1);
    for (const [index, seconds] of RETRIES_S.entries()) {
      await shop.patient.wind(seconds);
      await shop.received(index + 2);
    }
    await shop.patient.wind(4_000);
    const all = await shop.received(4);
    same('attempts', all.length, 4);
    const at = all.map(({ received_at }) => Date.parse(received_at) / 1_000);
    for (const [index, least] of [60, 300, 900].entries())
      holds(`wait ${index + 1} is shorter than ${least} s`, (at[index + 1] ?? 0) - (at[index] ?? 0) >= least - 1);
  },
  'W-12': async (doctor) => {
    const shop = await listening(doctor);
    const { liquid_address: address, amount_sats } = await shop.patient.payment();
    await shop.patient.control('POST', '/send', { address, amount_sats });
    same('event', JSON.parse((await shop.received(1))[0].body).event, 'payment.confirmed');
  },
  'W-18': async (doctor) => {
    const shop = await listening(doctor);
    await paid(shop);
    const [{ headers }] = await shop.received(1);
    for (const name of ['x-avopay-created-at', 'x-avopay-sequence']) holds(`${name} is missing`, typeof headers[name] === 'string');
  },
  'L-18': async (doctor) => {
    const shop = await listening(doctor);
    const { id } = await shop.patient.link();
    const { payment_id } = (await shop.patient.call('POST', `/api/v1/checkout/link/${id}/pay`, { key: null, body: {} })).body;
    await shop.patient.control('POST', '/pay', { invoice: (await shop.patient.read(payment_id)).lightning_invoice });
    same('link_id', JSON.parse((await shop.received(1))[0].body).link_id, id);
  },
};
