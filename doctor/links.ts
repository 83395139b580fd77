import type { Check, Checks } from './check.ts';
import type { Patient } from './patient.ts';
import { fits, holds, refusedWith, same } from './check.ts';

const LINKS = '/api/v1/payment-links';
const FIXED = { title: 'Doctor', amount_fiat: 5, currency: 'EUR', redirect_url: 'https://shop.example/booked' };
const OPEN = { title: 'Tip', currency: 'EUR' };
const publicPath = (id: string) => `/api/v1/checkout/link/${id}`;
const pay = ({ call }: Patient, id: string, body: object = {}) => call('POST', `${publicPath(id)}/pay`, { key: null, body });
const make = ({ call }: Patient, body: object) => call('POST', LINKS, { body });
const switchOff: Check = async (patient) => {
  const { id } = await patient.link();
  await patient.call('DELETE', `${LINKS}/${id}`);
  refusedWith('paying it', await pay(patient, id), 410, 'Payment link is inactive');
};

/** Payment links. */
export const LINK_CHECKS: Checks = {
  'L-1': async (patient) =>
    same('publishable', (await patient.call('POST', LINKS, { key: patient.keys.publishable, body: FIXED })).status, 403),
  'L-2': async (doctor) => {
    const { call } = await doctor.shop();
    const statuses: number[] = [];
    for (let i = 0; i < 31; i++) statuses.push((await call('POST', LINKS, { body: FIXED, limited: true })).status);
    same('31 links in a minute', statuses.filter((status) => status === 201).length, 30);
    same('the last', statuses.at(-1), 429);
  },
  'L-3': async (patient) => same('amount', (await patient.link({ title: 'x', amount: 12.5, currency: 'EUR' })).amount_fiat, 12.5),
  'L-4': async (patient) => {
    const { status, body } = await make(patient, FIXED);
    same(
      '201 and its fields',
      [status, Object.keys(body ?? {}).slice(0, 5), body?.status],
      [201, ['id', 'url', 'amount_fiat', 'currency', 'status'], 'active'],
    );
  },
  'L-5': async (patient) => same('open', (await patient.link(OPEN)).amount_fiat, null),
  'L-6': async (patient) => {
    for (const body of [
      { ...OPEN, title: '' },
      { ...OPEN, title: 'x'.repeat(121) },
      { ...OPEN, description: 'x'.repeat(501) },
    ])
      same('status', (await make(patient, body)).status, 400);
  },
  'L-7': async (patient) => refusedWith('no currency', await make(patient, { title: 'x' }), 400, 'title and currency are required'),
  'L-8': async (patient) => {
    const { id } = await patient.link();
    const { body } = await patient.call('GET', publicPath(id), { key: null });
    same('its fields', Object.keys(body ?? {}).slice(0, 6), ['id', 'title', 'description', 'amount_fiat', 'currency', 'status']);
    holds('nothing of the account is told', !JSON.stringify(body).includes(patient.accountId) && !('paid_count' in body));
  },
  'L-9': async (patient) => {
    refusedWith(
      'unknown',
      await patient.call('GET', publicPath('lnk_00000000000000000000000000'), { key: null }),
      404,
      'Payment link not found',
    );
    const { id } = await patient.link();
    await patient.call('DELETE', `${LINKS}/${id}`);
    same('inactive', (await patient.call('GET', publicPath(id), { key: null })).body?.status, 'inactive');
  },
  'L-10': async (patient) => {
    const { status, body } = await pay(patient, (await patient.link()).id);
    same('201 and its fields', [status, Object.keys(body ?? {}).slice(0, 2)], [201, ['payment_id', 'checkout_url']]);
  },
  'L-11': async (patient) => {
    const fixed = await pay(patient, (await patient.link(FIXED)).id, { amount_fiat: 0.5 });
    same('a fixed link', (await patient.read(fixed.body?.payment_id)).amount_fiat, 5);
    const { id } = await patient.link(OPEN);
    refusedWith('an open link', await pay(patient, id), 400, 'amount_fiat is required for this link');
    same('its amount', (await patient.read((await pay(patient, id, { amount_fiat: 7 })).body?.payment_id)).amount_fiat, 7);
  },
  'L-12': switchOff,
  'L-13': async (patient) => {
    const { secret_key: key } = await patient.control('POST', '/accounts', { wallet: 'none' });
    const { id } = (await patient.call('POST', LINKS, { key, body: FIXED })).body ?? {};
    refusedWith('no wallet', await pay(patient, id), 400, 'Wallet not connected — connect your AQUA wallet first');
    const page = await patient.call('POST', `/pay/${id}`, { key: null });
    holds('the page does not tell why', !/wallet not connected|trial_limit/i.test(page.text));
  },
  'L-15': async (patient) => {
    const { id } = await patient.link(FIXED);
    same('title', (await patient.call('PATCH', `${LINKS}/${id}`, { body: { title: 'New' } })).body?.title, 'New');
    same('price', (await patient.call('PATCH', `${LINKS}/${id}`, { body: { amount_fiat: 6 } })).status, 400);
    holds(
      'it is listed',
      (await patient.call('GET', LINKS)).body?.data?.some((link: { id: string }) => link.id === id),
    );
  },
  'L-16': async (patient) => {
    const { id } = await patient.link();
    const ids = [(await pay(patient, id)).body?.payment_id, (await pay(patient, id)).body?.payment_id];
    holds('two payments of one link', ids[0] !== ids[1] && ids.every(Boolean));
  },
  'L-19': async (patient) => {
    const link = await patient.link();
    const page = await patient.call('GET', `/pay/${link.id}`, { key: null });
    same('its page', page.status, 200);
    fits('the form', page.text, /<form[^>]+method="post"/);
    if (link.embed_html !== undefined) fits('the button', link.embed_html, new RegExp(`<a href="[^"]*/pay/${link.id}"`));
  },
  'L-20': async (patient) => {
    const { id } = await patient.link();
    const page = await patient.call('GET', `/pay/${id}`, { key: null });
    const cookie = (page.headers['set-cookie'] ?? '').split(';')[0] ?? '';
    const send = async () => (await patient.call('POST', `/pay/${id}`, { key: null, headers: { cookie } })).headers['location'];
    const [first, again] = [await send(), await send()];
    fits('the form leads to', first, /\/pay\/pmt_/);
    same('sent again', again, first);
  },
};

/** Pages and the SDK, as far as they can be judged without a browser. */
export const PAGE_CHECKS: Checks = {
  'C-1': async (doctor) => {
    const patient = await doctor.shop();
    const { payment_id, lightning_invoice, liquid_address } = await patient.payment();
    const { text } = await patient.call('GET', `/pay/${payment_id}`, { key: null });
    holds('the invoice is in the page', text.toLowerCase().includes(String(lightning_invoice)));
    holds('the address is in the page', text.includes(String(liquid_address)));
  },
  'C-2': async (doctor) => {
    const patient = await doctor.shop();
    const { payment_id } = await patient.payment();
    const { text } = await patient.call('GET', `/pay/${payment_id}`, { key: null });
    fits('the page', text, /href="lightning:/i);
    fits('the page', text, /href="liquid(?:network|testnet):\w+\?amount=0\.\d{8}/i);
    fits('the page', text, /<svg[^>]*>/);
  },
  'C-3': async (patient) => {
    const { payment_id, lightning_invoice } = await patient.payment();
    await patient.wind(700);
    await patient.until('the payment expired', async () => (await patient.read(payment_id)).status === 'expired');
    const { text } = await patient.call('GET', `/pay/${payment_id}`, { key: null });
    holds('the expired page shows no invoice', !text.toLowerCase().includes(String(lightning_invoice)));
  },
  'C-6': async (patient) => {
    const { status, text } = await patient.call('GET', '/pay/pmt_00000000000000000000000000', { key: null });
    same('an unknown payment', [status, text.includes('<h1')], [404, true]);
  },
  'C-7': async (patient) => {
    const { payment_id } = await patient.payment({ amount: 5, currency: 'EUR', metadata: { note: 'for-the-shop-only' } });
    const { text } = await patient.call('GET', `/pay/${payment_id}`, { key: null });
    holds('the page tells metadata', !text.includes('for-the-shop-only'));
    holds('the page tells a key or the account', !text.includes(patient.keys.secret) && !text.includes(patient.accountId));
  },
  'C-8': async (patient) => {
    const { headers } = await patient.call('GET', `/pay/${(await patient.payment()).payment_id}`, { key: null });
    fits('policy', headers['content-security-policy'], /default-src 'none'.*frame-ancestors/);
    fits('robots', headers['x-robots-tag'], /noindex/);
    same('cache-control', headers['cache-control'], 'no-store');
  },
  'J-1': async (patient) => fits('the script', (await patient.call('GET', '/js/avopay.js', { key: null })).text, /AvoPay/),
  'J-4': async (patient) => {
    fits('the script', (await patient.call('GET', '/js/avopay.js', { key: null })).text, /module\.exports/);
    fits('the module', (await patient.call('GET', '/js/avopay.mjs', { key: null })).text, /export ?\{[^}]*as default|export default/);
  },
  'J-6': async (patient) => {
    const { headers, text } = await patient.call('GET', '/js/avopay.js', { key: null });
    same('access-control-allow-origin', headers['access-control-allow-origin'], '*');
    fits('cache-control', headers['cache-control'], /max-age=\d{3,}/);
    holds(`it is ${text.length} bytes`, text.length < 5_000);
  },
};
