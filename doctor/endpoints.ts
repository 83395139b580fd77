import type { Checks } from './check.ts';
import type { Json, Patient } from './patient.ts';
import { createHmac } from 'node:crypto';
import { fits, holds, same } from './check.ts';

const ENDPOINTS = '/api/v1/webhook-endpoints';
const TEST_FIELDS = ['event', 'payment_id', 'link_id', 'amount_fiat', 'currency', 'amount_sats', 'metadata', 'settled_at', 'test'];
/** Session, grace before the expiry commits, and a margin. */
const EXPIRY_S = 700;
/** Longer than the waits between the four attempts together. */
const GIVEN_UP_S = [70, 340, 1_000];

type Endpoint = {
  readonly patient: Patient;
  readonly id: string;
  readonly secret: string;
  readonly arrived: (count: number) => Promise<Json[]>;
};

/** An endpoint made over the API, as an agent makes it. */
async function endpoint(patient: Patient, { events, answer }: { events?: readonly string[]; answer?: object } = {}): Promise<Endpoint> {
  const inbox = await patient.control('POST', '/inbox');
  if (answer) await patient.control('PUT', `/inbox/${inbox.id}`, answer);
  const { status, body } = await patient.call('POST', ENDPOINTS, { body: { url: inbox.url, ...(events ? { events } : {}) } });
  same('a new endpoint', status, 201);
  const arrived = (count: number) =>
    patient.until(`call ${count}`, async () => {
      const all: Json[] = await patient.control('GET', `/inbox/${inbox.id}`);
      return all.length >= count && all;
    });
  return { patient, id: body.id, secret: body.secret, arrived };
}

const test = ({ patient, id }: Endpoint) => patient.call('POST', `${ENDPOINTS}/${id}/test`);
const eventsOf = (calls: readonly Json[]) => calls.map(({ body }) => JSON.parse(body).event);
const signature = (secret: string, body: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

async function expired(patient: Patient): Promise<Json> {
  const payment = await patient.payment();
  await patient.wind(EXPIRY_S);
  await patient.until('the payment expired', async () => (await patient.read(payment.payment_id)).status === 'expired');
  return payment;
}

/** Endpoints as merchants keep them. */
export const ENDPOINT_CHECKS: Checks = {
  'W-4': async (doctor) => {
    const hook = await endpoint(await doctor.shop());
    await test(hook);
    const event = JSON.parse((await hook.arrived(1))[0].body);
    same('its fields', Object.keys(event), TEST_FIELDS);
    same('its words', [event.event, event.test], ['payment.test', true]);
  },
  'W-10': async (doctor) => {
    const hook = await endpoint(await doctor.shop());
    const { liquid_address: address, amount_sats } = await expired(hook.patient);
    await hook.arrived(1);
    await hook.patient.control('POST', '/send', { address, amount_sats });
    same('the events', eventsOf(await hook.arrived(2)), ['payment.expired', 'payment.confirmed']);
  },
  'W-11': async (doctor) => {
    const hook = await endpoint(await doctor.shop());
    await expired(hook.patient);
    await hook.arrived(1);
    await hook.patient.wind(EXPIRY_S);
    await expired(hook.patient);
    same('the events of two payments', eventsOf(await hook.arrived(2)), ['payment.expired', 'payment.expired']);
  },
  'W-13': async (doctor) => {
    const hook = await endpoint(await doctor.shop(), { answer: { status: 418 } });
    const { status, body } = await test(hook);
    same('the answer', [status, body?.delivered, body?.response_status], [200, false, 418]);
    await hook.patient.wind(GIVEN_UP_S[0] ?? 0);
    same('calls', (await hook.arrived(1)).length, 1);
  },
  'W-15': async (doctor) => {
    const hook = await endpoint(await doctor.shop(), { answer: { status: 500 } });
    await expired(hook.patient);
    await hook.arrived(1);
    for (const [index, seconds] of GIVEN_UP_S.entries()) {
      await hook.patient.wind(seconds);
      await hook.arrived(index + 2);
    }
    const failed = await hook.patient.until('a failed delivery', async () => {
      const { body } = await hook.patient.call('GET', `${ENDPOINTS}/${hook.id}/deliveries`);
      return body?.data?.find(({ status }: Json) => status === 'failed');
    });
    same('its attempts', failed.attempts.length, 4);
    const { status, body } = await hook.patient.call('POST', `/api/v1/deliveries/${failed.id}/redeliver`);
    same('sent again', [status, body?.redelivery], [201, true]);
    const calls = await hook.arrived(5);
    same('its header', calls[4].headers['x-avopay-redelivery'], 'true');
    same('the bytes', calls[4].body, calls[0].body);
  },
  'W-16': async (doctor) => {
    const patient = await doctor.shop();
    const [all, filtered] = [await endpoint(patient), await endpoint(patient, { events: ['payment.confirmed'] })];
    await expired(patient);
    same('what the first gets', eventsOf(await all.arrived(1)), ['payment.expired']);
    same('what the other gets', (await filtered.arrived(0)).length, 0);
    const { secret } = (await patient.call('POST', `${ENDPOINTS}/${all.id}/rotate-secret`)).body;
    await test(all);
    const { headers, body } = (await all.arrived(2))[1];
    holds('the secret is another', secret !== all.secret);
    same('X-AvoPay-Signature after a rotation', headers['x-avopay-signature'], signature(secret, body));
    same('signatures in the second header', String(headers['webhook-signature']).split(' ').length, 2);
  },
  'X-7': async (doctor) => {
    const hook = await endpoint(await doctor.shop(), { answer: { status: 500 } });
    const payment = await hook.patient.payment({ amount: 5, currency: 'EUR', redirect_url: 'https://shop.example/done' });
    await hook.patient.control('POST', '/pay', { invoice: payment.lightning_invoice });
    await hook.arrived(1);
    const { body } = await hook.patient.call('GET', `/pay/${payment.payment_id}/status`, { key: null });
    fits('the way back', body?.redirectUrl, /^https:\/\/shop\.example\/done\?/);
  },
};
