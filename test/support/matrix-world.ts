import type { Avopay } from './avopay.ts';
import type { Callers } from './authorisation.ts';
import type { Things } from './authorisation-table.ts';
import { keyAdmin } from './key-admin.ts';
import { ourPage, stranger } from './person.ts';
import { aquaDescriptor } from './wallets.ts';

type Shop = Avopay['demo'];

/** A request that must succeed. */
async function made(avopay: Avopay, path: string, key: string | null, body: object = {}) {
  const reply = await avopay.call('POST', path, { body, key });
  if (reply.status >= 300) throw new Error(`${path}: ${reply.text}`);
  return reply.body;
}

/** An account of the sandbox. */
export function newShop(avopay: Avopay, order: object = {}): Promise<Shop> {
  return made(avopay, '/sandbox/accounts', null, order);
}

/** What a page of ours sends for somebody who has just signed in. */
export async function signedIn(avopay: Avopay, { email, password }: Shop): Promise<Record<string, string>> {
  const person = stranger(avopay);
  await person.call('POST', '/api/v1/auth/login', { email, password });
  if (person.cookie === null) throw new Error(`${email} could not sign in`);
  return { ...ourPage(avopay), cookie: person.cookie };
}

/** The headers of each caller of the matrix. */
export async function callersOf(avopay: Avopay, shop: Shop, other: Shop): Promise<Callers> {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const test = await keyAdmin(avopay, shop).make({ kind: 'secret', mode: 'test' });
  return {
    none: {},
    page: { referer: `${avopay.url}/pay/pmt_00000000000000000000000000` },
    publishable: bearer(shop.publishable_key),
    'test secret A': bearer(test.api_key),
    'secret A': bearer(shop.secret_key),
    'secret B': bearer(other.secret_key),
    'session A': await signedIn(avopay, shop),
    'session B': await signedIn(avopay, other),
  };
}

/** A live endpoint of a shop. */
export async function newEndpoint(avopay: Avopay, { secret_key: key }: Shop): Promise<string> {
  const inbox = await made(avopay, '/sandbox/inbox', null);
  return (await made(avopay, '/api/v1/webhook-endpoints', key, { url: inbox.url })).id;
}

/** Account A and real things of it. Its wallet comes last: an account that has one offers no connection. */
export async function shopWithThings(avopay: Avopay): Promise<{ readonly shop: Shop; readonly things: Things }> {
  const shop = await newShop(avopay, { wallet: 'none' });
  const { secret_key: key } = shop;
  const offer = await made(avopay, '/api/v1/connect/offers', key);
  const descriptor = aquaDescriptor();
  await made(avopay, '/api/v1/connect/descriptor', key, { lbtc_descriptor: descriptor, btcln_descriptor: descriptor });
  const money = { amount: 5, currency: 'EUR' };
  const admin = keyAdmin(avopay, shop);
  const tester = await admin.make({ kind: 'secret', mode: 'test' });
  const endpoint = await newEndpoint(avopay, shop);
  const sent = await made(avopay, `/api/v1/webhook-endpoints/${endpoint}/test`, key);
  const applicant = { email: 'matrix@shop.example', password: 'correct horse battery', plan: 'monthly', terms_accepted: true };
  const things = {
    payment: (await made(avopay, '/api/v1/payments', key, money)).payment_id,
    testPayment: (await made(avopay, '/api/v1/payments', tester.api_key, money)).payment_id,
    link: (await made(avopay, '/api/v1/payment-links', key, { title: 'Theirs', amount_fiat: 5, currency: 'EUR' })).id,
    endpoint,
    delivery: sent.delivery.id,
    key: (await admin.make({ kind: 'secret' })).id,
    offer: offer.id,
    registration: (await made(avopay, '/api/v1/account/register', null, applicant)).registration_id,
    password: '',
  };
  return { shop, things };
}
