import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { mailsTo, ourPage, signIn, stranger, tokenFor } from '../support/person.ts';
import { watchPayment } from '../support/watched-payment.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

/** The socket is ended for want of a right, not by the reader. */
const NO_RIGHT = 4401;

/** A shop with two browsers of its owner, both signed in, and an open payment. */
async function twoBrowsers() {
  const shop: Json = (await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null })).body;
  const payment = { body: { amount: 20, currency: 'EUR' }, key: shop.secret_key };
  const id: string = (await avopay.call('POST', '/api/v1/payments', payment)).body.payment_id;
  const browser = async () => {
    const person = { ...stranger(avopay), email: shop.email as string, password: shop.password as string };
    const cookie = (await signIn(person)).headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const as = { ...ourPage(avopay), cookie };
    const call = (method: string, path: string, body?: object) =>
      avopay.call(method, `/api/v1/auth${path}`, { key: null, headers: as, body });
    return { as, call, watch: () => watchPayment(avopay.url, as, id) };
  };
  return { shop, mine: await browser(), other: await browser() };
}

describe('A-6: an open stream ends with its session', () => {
  test('when its browser signs out; the other browser of the same person goes on', async () => {
    const { mine, other } = await twoBrowsers();
    const [ending, going] = [await mine.watch(), await other.watch()];
    expect((await mine.call('POST', '/logout', {})).status).toBe(200);
    expect(await ending.closed).toBe(NO_RIGHT);
    expect((await other.call('GET', '/session')).status).toBe(200); // asked after everybody was told
    expect(going.isDone()).toBe(false);
    await Promise.all([ending.close(), going.close()]);
  });

  test('when it is ended from another browser, and when everything is signed out', async () => {
    const { mine, other } = await twoBrowsers();
    const [staying, ending] = [await mine.watch(), await other.watch()];
    const { sessions } = (await mine.call('GET', '/session')).body;
    const { id } = sessions.find(({ current }: Json) => !current);
    expect((await mine.call('DELETE', `/sessions/${id}`)).status).toBe(200);
    expect(await ending.closed).toBe(NO_RIGHT);
    expect(staying.isDone()).toBe(false);
    await mine.call('POST', '/logout', { everywhere: true });
    expect(await staying.closed).toBe(NO_RIGHT);
    await Promise.all([ending.close(), staying.close()]);
  });

  test('when the password is changed elsewhere; the browser that changed it goes on', async () => {
    const { shop, mine, other } = await twoBrowsers();
    const [staying, ending] = [await mine.watch(), await other.watch()];
    const change = { current: shop.password, password: 'a new horse battery' };
    expect((await mine.call('POST', '/password', change)).status).toBe(200);
    expect(await ending.closed).toBe(NO_RIGHT);
    expect(staying.isDone()).toBe(false);
    await Promise.all([ending.close(), staying.close()]);
  });

  test('when the password is reset by mail, in every browser', async () => {
    const { shop, mine, other } = await twoBrowsers();
    const streams = [await mine.watch(), await other.watch()];
    await mine.call('POST', '/password/reset', { email: shop.email });
    const token = await tokenFor(avopay, shop.email, 'reset_password');
    expect((await mine.call('POST', '/password/reset/confirm', { token, password: 'a new horse battery' })).status).toBe(200);
    for (const { closed } of streams) expect(await closed).toBe(NO_RIGHT);
    await Promise.all(streams.map((stream) => stream.close()));
  });
});

test('A-6: a password that was reset ends no key, and a mail names those that still open the account, but never their text', async () => {
  const { shop, mine } = await twoBrowsers();
  const make = async (): Promise<Json> =>
    (await avopay.call('POST', '/api/v1/account/keys', { key: null, headers: mine.as, body: { kind: 'secret' } })).body;
  const [kept, gone] = [await make(), await make()];
  await avopay.call('DELETE', `/api/v1/account/keys/${gone.id}`, { key: null, headers: mine.as });
  await mine.call('POST', '/password/reset', { email: shop.email });
  const token = await tokenFor(avopay, shop.email, 'reset_password');
  await mine.call('POST', '/password/reset/confirm', { token, password: 'a new horse battery' });
  const mail = await eventually(async () => (await mailsTo(avopay, shop.email)).find(({ template }) => template === 'sign_in_changed'));
  for (const { hint } of [kept, { hint: `ak_live_…${shop.secret_key.slice(-4)}` }]) expect(mail.text).toContain(hint);
  for (const absent of [gone.hint, kept.api_key, shop.secret_key]) expect(mail.text).not.toContain(absent);
  expect(mail.text).toContain('Revoke those that you did not make');
  expect((await avopay.call('GET', '/api/v1/account', { key: kept.api_key })).status).toBe(200);
});
