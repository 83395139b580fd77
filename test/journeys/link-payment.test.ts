import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay();
});
afterAll(async () => {
  await avopay?.stop();
});

const makeLink = async (body: object): Promise<string> => (await avopay.call('POST', '/api/v1/payment-links', { body })).body.id;
const open = { title: 'Coffee tip', currency: 'EUR' };
const countOf = async (link: string) =>
  (await avopay.db.query(`SELECT count(*)::int AS n FROM "Payment" WHERE "linkId" = $1`, [link])).rows[0].n;
const swapsOf = async () => (await avopay.db.query(`SELECT count(*)::int AS n FROM "Swap"`)).rows[0].n;
const checkout = async (id: string) => {
  const query =
    'query ($id: ID!) { checkout(paymentId: $id) { status title linkId redirectUrl amountFiat currency lightning { invoice } } }';
  return (await avopay.call('POST', '/graphql', { body: { query, variables: { id } }, key: null })).body.data.checkout as Json;
};

/** A browser without JavaScript: it keeps its cookie and follows the form. */
const browserAt = async (link: string) => {
  const page = await fetch(`${avopay.url}/pay/${link}`);
  const cookie = (page.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return {
    html: await page.text(),
    submit: async (fields: Record<string, string> = {}) => {
      const reply = await fetch(`${avopay.url}/pay/${link}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { cookie },
        redirect: 'manual',
      });
      return { status: reply.status, id: (reply.headers.get('location') ?? '').replace('/pay/', ''), text: await reply.text() };
    },
  };
};

test('L-10 L-17 L-18 L-19: from a link to the merchant’s wallet: page, payment, webhook with its link_id, and the way back to the shop', async () => {
  const inbox = (await avopay.call('POST', '/sandbox/inbox', { key: null })).body;
  await avopay.call('POST', '/sandbox/webhook', { body: { url: inbox.url }, key: null });
  const link = await makeLink({
    title: 'Two bags of beans',
    amount_fiat: 24.9,
    currency: 'EUR',
    redirect_url: 'https://shop.example/done?x=1#top',
  });

  const browser = await browserAt(link);
  expect(browser.html).toContain('Pay €24.90 with bitcoin');
  expect(browser.html).toContain('<form method="post"');
  const { status, id } = await browser.submit({ amount: '0.01' });
  expect([status, id]).toEqual([303, expect.stringMatching(/^pmt_/)]);
  const due = await checkout(id);
  expect(due).toMatchObject({ status: 'PENDING', title: 'Two bags of beans', linkId: link, amountFiat: '24.90', currency: 'EUR' });

  await avopay.call('POST', '/sandbox/pay', { body: { invoice: due.lightning.invoice }, key: null });
  const paid = await eventually(async () => {
    const state = await checkout(id);
    return state.status === 'PAID' && state;
  });
  expect(paid.redirectUrl).toBe(`https://shop.example/done?x=1&payment_id=${id}&status=paid#top`);
  const [call] = await eventually(async () => {
    const calls = (await avopay.call('GET', `/sandbox/inbox/${inbox.id}`, { key: null })).body;
    return calls.length > 0 && calls;
  });
  const read = (await avopay.call('GET', `/api/v1/payments/${id}`)).body;
  expect(JSON.parse(call.body)).toEqual({
    event: 'payment.confirmed',
    payment_id: id,
    link_id: link,
    amount_fiat: 24.9,
    currency: 'EUR',
    amount_sats: read.amount_sats,
    metadata: {},
    settled_at: read.paid_at,
  });
  expect((await avopay.call('GET', `/api/v1/payment-links/${link}`)).body).toMatchObject({ paid_count: 1, paid_sats: read.amount_sats });
  expect((await browser.submit()).id).not.toBe(id);
  expect(await booksOf(avopay)).toMatchObject({ balanced: true, invisibleSats: 0 });
});

test('L-20: fifty looks at a link, by GET and HEAD, create neither payment nor swap', async () => {
  const link = await makeLink(open);
  const swaps = await swapsOf();
  const looks = await Promise.all(
    Array.from({ length: 50 }, (_, i) => fetch(`${avopay.url}/pay/${link}`, { method: i % 5 === 0 ? 'HEAD' : 'GET' })),
  );
  expect(new Set(looks.map((look) => look.status))).toEqual(new Set([200]));
  expect([await countOf(link), (await swapsOf()) - swaps]).toEqual([0, 0]);
});

test('L-20: a browser that sends the form again finds its open payment; another amount and another browser get their own', async () => {
  const link = await makeLink(open);
  const [mine, theirs] = [await browserAt(link), await browserAt(link)];
  const first = await mine.submit({ amount: '4,50' });
  expect((await checkout(first.id)).amountFiat).toBe('4.50');
  expect((await mine.submit({ amount: '4.5' })).id).toBe(first.id);
  const other = await mine.submit({ amount: '9' });
  expect(other.id).not.toBe(first.id);
  expect((await mine.submit({ amount: '4,50' })).id).toBe(first.id);
  expect((await theirs.submit({ amount: '4,50' })).id).not.toBe(first.id);
  expect(await countOf(link)).toBe(3);
  const { rows } = await avopay.db.query(`SELECT octet_length("visitorHash") AS bytes FROM "Payment" WHERE "linkId" = $1`, [link]);
  expect(rows.map(({ bytes }) => bytes)).toEqual([32, 32, 32]);
});

test('ten clicks at once make one payment, and all lead to it', async () => {
  const link = await makeLink(open);
  const browser = await browserAt(link);
  const clicks = await Promise.all(Array.from({ length: 10 }, () => browser.submit({ amount: '5' })));
  expect(clicks.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 303));
  expect(new Set(clicks.map(({ id }) => id)).size).toBe(1);
  expect(await countOf(link)).toBe(1);
});

test('when less than a minute is left, or the payment has ended, the browser gets a new one', async () => {
  const link = await makeLink(open);
  const browser = await browserAt(link);
  const first = await browser.submit({ amount: '5' });
  const forward = (seconds: number) => avopay.call('POST', '/sandbox/clock', { body: { advance_s: seconds }, key: null });
  await forward(530);
  expect((await browser.submit({ amount: '5' })).id).toBe(first.id);
  await forward(20);
  const second = await browser.submit({ amount: '5' });
  expect(second.id).not.toBe(first.id);
  await forward(700);
  expect((await checkout(second.id)).status).toBe('EXPIRED');
  const third = await browser.submit({ amount: '5' });
  expect([third.status, [first.id, second.id].includes(third.id)]).toEqual([303, false]);
});

test('L-12: a switched off link says so, and starts nothing', async () => {
  const link = await makeLink(open);
  const browser = await browserAt(link);
  await avopay.call('DELETE', `/api/v1/payment-links/${link}`);
  const { status, text } = await browser.submit({ amount: '5' });
  expect(status).toBe(410);
  expect(text).toContain('This link is switched off.');
  expect(await countOf(link)).toBe(0);
});
