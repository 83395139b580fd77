import type { Checks } from './check.ts';
import type { Json, Patient, Reply } from './patient.ts';
import { fits, holds, refusedWith, same } from './check.ts';

const CONNECT = '/api/v1/connect/descriptor';
const OFFERS = '/api/v1/connect/offers';
const CONNECTED_ALREADY = 'Wallet already connected — contact support to reset';
/** Unused addresses that may be ahead of the last used one: most wallets look twenty ahead. */
const AHEAD_MAX = 15;
/** Nobody's: the example of the standard of such keys. */
const PRIVATE_KEY = 'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi';

/** An account of the sandbox without a wallet, and the wallet that it could connect. */
const unconnected = ({ control }: Patient): Promise<Json> => control('POST', '/accounts', { plan: 'monthly', wallet: 'none' });
const connect = ({ call }: Patient, key: string, direct: unknown, claim: unknown = direct): Promise<Reply> =>
  call('POST', CONNECT, { key, body: { lbtc_descriptor: direct, btcln_descriptor: claim } });

/** A payment of the account, and what the API says of it. */
async function paymentOf({ call }: Patient, key: string): Promise<Json> {
  const { payment_id } = (await call('POST', '/api/v1/payments', { key, body: { amount: 5, currency: 'EUR' } })).body ?? {};
  return (await call('GET', `/api/v1/payments/${payment_id}`, { key })).body;
}
const paid = ({ call, until }: Patient, key: string, id: string) =>
  until('payment paid', async () => (await call('GET', `/api/v1/payments/${id}`, { key })).body?.status === 'paid');
const balanceOf = async ({ control }: Patient, accountId: string): Promise<number> =>
  (await control('GET', `/wallet?account_id=${accountId}`)).balance_sats;

/** Connecting a wallet, and which of its addresses payers get. */
export const WALLET_CHECKS: Checks = {
  'D-1': async (patient) => {
    const { secret_key: key, publishable_key, descriptor } = await unconnected(patient);
    same('without descriptors', (await patient.call('POST', CONNECT, { key, body: {} })).status, 400);
    same('a publishable key', (await connect(patient, publishable_key, descriptor)).status, 403);
    same('no descriptor', (await connect(patient, key, `wpkh(${descriptor})`)).status, 400);
    same('too long', (await connect(patient, key, `ct(slip77(${'a'.repeat(500)}`)).status, 400);
    const { status, body } = await connect(patient, key, descriptor);
    same('its wallet', [status, body?.connected], [200, true]);
    holds('then a payment is made', (await paymentOf(patient, key)).status === 'pending');
  },
  'D-2': async (patient) => {
    const { secret_key: key, descriptor } = await unconnected(patient);
    await connect(patient, key, descriptor);
    for (const second of [descriptor, (await unconnected(patient)).descriptor])
      refusedWith('a second time', await connect(patient, key, second), 409, CONNECTED_ALREADY);
  },
  'D-3': async (patient) => {
    const { secret_key: key, descriptor } = await unconnected(patient);
    const secret = descriptor.replace(/[tx]pub\w+/, PRIVATE_KEY).replace(/#\w+$/, '');
    const reply = await connect(patient, key, secret);
    same('a private key', reply.status, 400);
    holds('the answer repeats it', !reply.text.includes(PRIVATE_KEY.slice(0, 12)));
    const last = descriptor.at(-1) === 'q' ? 'p' : 'q';
    same('a wrong checksum', (await connect(patient, key, descriptor.slice(0, -1) + last)).status, 400);
    same('one address alone', (await connect(patient, key, descriptor.replace('/0/*', '/0/0').replace(/#\w+$/, ''))).status, 400);
    same('one descriptor of two', (await connect(patient, key, descriptor, 'ct(slip77(')).status, 400);
    same('the right one after that', (await connect(patient, key, descriptor)).status, 200);
  },
  'D-4': async (patient) => {
    const { secret_key: key, descriptor } = await unconnected(patient);
    const bare = descriptor.replace(/\[[^\]]*\]/, '').replace(/#\w+$/, '');
    const { status, body } = await connect(patient, key, bare);
    same('without origin and checksum', status, 200);
    holds('nothing is said about that', Array.isArray(body.warnings) && body.warnings.length > 0);
  },
  'D-5': async (patient) => {
    const { secret_key: key, account_id, descriptor } = await unconnected(patient);
    const { first_address } = (await connect(patient, key, descriptor)).body;
    const [first, second] = [await paymentOf(patient, key), await paymentOf(patient, key)];
    same('the first address', first.liquid_address, first_address);
    await patient.control('POST', '/pay', { invoice: second.lightning_invoice });
    await paid(patient, key, second.payment_id);
    const { utxos } = await patient.control('GET', `/wallet?account_id=${account_id}`);
    holds('a claim came to an address of a payer', !utxos.some(({ index }: { index: number }) => index < 2));
  },
  'D-6': async (patient) => {
    const [one, other] = [await unconnected(patient), await unconnected(patient)];
    same('its owner', (await connect(patient, one.secret_key, one.descriptor)).status, 200);
    same('another account', (await connect(patient, other.secret_key, one.descriptor)).status, 409);
  },
  'D-8': async (doctor) => {
    const patient = await doctor.shop();
    const addresses: unknown[] = [];
    for (let i = 0; i <= AHEAD_MAX; i++) addresses.push((await patient.payment()).liquid_address);
    same('payments with an address', addresses.filter(Boolean).length, AHEAD_MAX);
    same('addresses', new Set(addresses.filter(Boolean)).size, AHEAD_MAX);
  },
  'D-9': async (patient) => {
    const [shop, claims] = [await unconnected(patient), await unconnected(patient)];
    const key = shop.secret_key;
    await connect(patient, key, shop.descriptor, claims.descriptor);
    const [direct, swapped] = [await paymentOf(patient, key), await paymentOf(patient, key)];
    await patient.control('POST', '/send', { address: direct.liquid_address, amount_sats: direct.amount_sats });
    await patient.control('POST', '/pay', { invoice: swapped.lightning_invoice });
    for (const { payment_id } of [direct, swapped]) await paid(patient, key, payment_id);
    same('the direct wallet', await balanceOf(patient, shop.account_id), direct.amount_sats);
    const came = await balanceOf(patient, claims.account_id);
    holds(`the other wallet holds ${came} sats`, came > 0 && came < swapped.amount_sats);
  },
  'D-10': async (patient) => {
    const { secret_key: key, descriptor: Descriptor } = await unconnected(patient);
    const { status, body } = await patient.call('POST', OFFERS, { key });
    same('a code', status, 201);
    const { pathname, search, searchParams } = new URL(body.url);
    same('what it asks for', searchParams.get('setup'), 'liquid-chain,btc-ln');
    const scan = () =>
      patient.call('POST', pathname + search, {
        key: null,
        body: { LBTC: { Descriptor }, 'BTC-LN': { Type: 'boltz', LBTC: { Descriptor } } },
      });
    same('the first scan', (await scan()).status, 200);
    holds('the second scan is refused', (await scan()).status >= 400);
    const offer = (await patient.call('GET', `${OFFERS}/${body.id}`, { key })).body;
    same('what the merchant sees', offer?.state, 'success');
    fits('its first address', offer.first_address, /^\w{20,}$/);
  },
};
