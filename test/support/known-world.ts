import type { Avopay } from './avopay.ts';
import type { Json } from './json.ts';
import type { Person } from './person.ts';
import type { Known } from './requests-from-openapi.ts';
import { ourPage, signedUp, verified } from './person.ts';

/** What requests that are made from the API document can name: some of everything, and callers of every kind. */
export async function worldOf(avopay: Avopay): Promise<Known> {
  const made = async (path: string, body: object, key = avopay.demo.secret_key): Promise<Json> => {
    const reply = await avopay.call('POST', path, { body, key });
    if (reply.status >= 300) throw new Error(reply.text);
    return reply.body;
  };
  const person = await verified(avopay, await signedUp(avopay));
  const session = sessionOf(avopay, person);
  const keyOf = async (body: object) => (await person.call('POST', '/api/v1/account/keys', body)).body;
  const [test, ...others] = [
    await keyOf({ kind: 'secret', mode: 'test' }),
    await keyOf({ kind: 'secret' }),
    await keyOf({ kind: 'publishable' }),
  ];
  const spare = await keyOf({ kind: 'secret' });
  const payments = [
    await made('/api/v1/payments', { amount: 5, currency: 'EUR' }),
    await made('/api/v1/payments', { amount: 5, currency: 'EUR' }, test.api_key),
    await made('/api/v1/payments', { amount: 6, currency: 'EUR' }, test.api_key),
  ];
  const links = [
    await made('/api/v1/payment-links', { title: 'Tip', currency: 'EUR' }),
    await made('/api/v1/payment-links', { title: 'x', amount_fiat: 5, currency: 'USD' }),
  ];
  const hooks = await hooksOf(avopay, made);
  const linkIds = links.map(({ id }) => id);
  const { passkeys = [], sessions = [] } = (await person.call('GET', '/api/v1/auth/session')).body;
  const ids = (rows: readonly Json[]): string[] => rows.map(({ id }) => id);
  return {
    ids: {
      ...{ payments: payments.map(({ payment_id }) => payment_id), link: linkIds, 'payment-links': linkIds, keys: ids([test, ...others]) },
      ...{
        'webhook-endpoints': hooks.endpoints.slice(1),
        revokeApiKey: [spare.id],
        deleteWebhookEndpoint: hooks.endpoints.slice(0, 1),
        deliveries: hooks.deliveries,
        passkeys: ids(passkeys),
        sessions: ids(sessions),
      },
    },
    callers: [
      ...[avopay.demo.secret_key, test.api_key, avopay.demo.publishable_key].map(bearer),
      ...[bearer(avopay.demo.secret_key), session, {}],
    ],
    expendable: {
      revokeApiKey: [bearer(spare.api_key), {}],
      ...(await expendable(
        avopay,
        others.map(({ api_key }) => bearer(api_key)),
      )),
    },
  };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const sessionOf = (avopay: Avopay, { cookie }: Person) => ({ ...ourPage(avopay), cookie: cookie ?? '' });

/** Sessions and keys that nobody will miss. An account of a person is closed by its password alone, which no request here knows. */
async function expendable(avopay: Avopay, keys: readonly { authorization: string }[]): Promise<Known['expendable']> {
  const names = ['signOut', 'endSession', 'signUp']; // a browser that signs in gives up the session that it held
  const people = await Promise.all(names.map(() => signedUp(avopay)));
  const sessions = people.map((person) => sessionOf(avopay, person));
  const ofKeys = [...keys, ...sessions, {}];
  return {
    signUp: [...sessions, {}],
    signIn: [...sessions, {}],
    signOut: [...sessions, {}],
    endSession: [...sessions, {}],

    rotateApiKey: ofKeys,
  };
}

async function hooksOf(avopay: Avopay, made: (path: string, body: object) => Promise<Json>) {
  const { url } = await avopay.call('POST', '/sandbox/inbox', { key: null, body: {} }).then(({ body }) => body);
  const endpoints: string[] = [];
  const deliveries: string[] = [];
  for (let count = 0; count < 3; count++) {
    const { id } = await made('/api/v1/webhook-endpoints', { url });
    endpoints.push(id);
    deliveries.push((await made(`/api/v1/webhook-endpoints/${id}/test`, {})).delivery.id);
  }
  return { endpoints, deliveries };
}
