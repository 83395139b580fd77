import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { GraphQLClient } from 'graphql-request';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { follow } from '../support/live.ts';

let avopay: Avopay;
let merchant: GraphQLClient;
let anybody: GraphQLClient;
beforeAll(async () => {
  avopay = await startAvopay();
  merchant = clientOf(avopay.demo.secret_key);
  anybody = clientOf(null);
});
afterAll(() => avopay.stop());

const clientOf = (key: string | null) =>
  new GraphQLClient(`${avopay.url}/graphql`, { headers: key ? { authorization: `Bearer ${key}` } : {}, errorPolicy: 'all' });
const CREATE = `mutation ($input: CreatePaymentLinkInput!) { createPaymentLink(input: $input) { __typename
  ... on PaymentLink { id mode title description amountFiat currency redirectUrl status url embedHtml paidCount paidSats belowMinimum createdAt }
  ... on Refusal { kind code message field } } }`;
const UPDATE = `mutation ($input: UpdatePaymentLinkInput!) { updatePaymentLink(input: $input) { __typename
  ... on PaymentLink { id title status } ... on Refusal { kind code message } } }`;
const PAY = `mutation ($input: PayPaymentLinkInput!) { payPaymentLink(input: $input) { __typename
  ... on PaymentSession { paymentId checkoutUrl expiresAt payment { id } } ... on Refusal { kind code message } } }`;
const create = async (client: GraphQLClient, input: object) => (await client.request<Json>(CREATE, { input })).createPaymentLink;
const pay = async (input: object, client = anybody) => (await client.request<Json>(PAY, { input })).payPaymentLink;
const TIP = { title: 'Tip', currency: 'EUR' };

test('a link is made, with the documented button to embed', async () => {
  const link = await create(merchant, { title: 'Coffee', amount: 5, currency: 'EUR' });
  expect(link).toMatchObject({
    __typename: 'PaymentLink',
    amountFiat: '5.00',
    status: 'ACTIVE',
    paidCount: 0,
    paidSats: '0',
    belowMinimum: false,
  });
  expect(link.url).toMatch(/^http:\/\/localhost:\d+\/pay\/lnk_/);
  expect(link.embedHtml).toBe(
    `<a href="${link.url}" style="display:inline-block;background:#E65C00;color:#fff; padding:10px 22px;border-radius:8px;text-decoration:none; font-family:sans-serif;font-weight:600;"> Pay with Bitcoin </a>`,
  );
});

test('refusals are answers: without a key, with a publishable one, without a title', async () => {
  expect(await create(anybody, {})).toMatchObject({ kind: 'UNAUTHENTICATED', message: 'Invalid or missing API key' });
  expect(await create(clientOf(avopay.demo.publishable_key), {})).toMatchObject({ kind: 'FORBIDDEN', code: 'secret_key_required' });
  expect(await create(merchant, {})).toMatchObject({ kind: 'INVALID', message: 'title and currency are required' });
});

test('a link of another account is null, is not found, and stays as it is', async () => {
  const other = clientOf((await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null })).body.secret_key);
  const { id } = await create(other, TIP);
  for (const foreign of [id, 'lnk_00000000000000000000000000', 'x']) {
    expect(await merchant.request('query ($id: ID!) { paymentLink(id: $id) { id } }', { id: foreign })).toEqual({ paymentLink: null });
    expect((await merchant.request<Json>(UPDATE, { input: { id: foreign, title: 'mine' } })).updatePaymentLink).toMatchObject({
      kind: 'NOT_FOUND',
      message: 'Payment link not found',
    });
  }
  expect((await other.request<Json>('query ($id: ID!) { paymentLink(id: $id) { title } }', { id })).paymentLink.title).toBe('Tip');
});

test('everybody reads a link, the least that can be paid, and what it is in sats; nobody reads more', async () => {
  const { id } = await create(merchant, { title: 'Book', amount: '80.19', currency: 'EUR' });
  const query =
    'query ($id: ID!) { publicLink(id: $id) { id title amountFiat currency status minimumFiat approximateSats merchant { name } } }';
  const { publicLink } = await anybody.request<Json>(query, { id });
  expect(publicLink).toMatchObject({ title: 'Book', amountFiat: '80.19', status: 'ACTIVE', merchant: { name: 'Alba Coffee Roasters' } });
  expect(Number(publicLink.approximateSats)).toBeGreaterThan(99_000);
  const { preview } = await anybody.request<Json>('{ preview(amount: "80.19", currency: "EUR") }');
  expect(preview).toBe(publicLink.approximateSats);
  const least = await anybody.request<Json>('query ($amount: AmountInput) { preview(amount: $amount, currency: "EUR") }', {
    amount: publicLink.minimumFiat,
  });
  expect(Number(least.preview)).toBeGreaterThanOrEqual(1_000);
  expect(await anybody.request('{ publicLink(id: "lnk_1") { id } }')).toEqual({ publicLink: null });
  for (const field of ['redirectUrl', 'paidCount', 'paidSats', 'embedHtml']) {
    await expect(anybody.request(`{ publicLink(id: "x") { ${field} } }`), field).rejects.toThrow('Cannot query field');
  }
  const refused = await anybody.rawRequest<Json>('{ preview(amount: 0, currency: "EUR") }');
  expect(refused.errors?.[0]).toMatchObject({ message: 'amount must be a positive number' });
});

test('a payer’s session carries no payment, and the same visitor gets the same one', async () => {
  const { id } = await create(merchant, TIP);
  const visitor = 'browser-0123456789';
  const first = await pay({ id, amount: 5, visitor });
  expect(first).toMatchObject({ __typename: 'PaymentSession', payment: null });
  expect((await pay({ id, amount: '5.00', visitor })).paymentId).toBe(first.paymentId);
  expect((await pay({ id, amount: 5, visitor: 'browser-9876543210' })).paymentId).not.toBe(first.paymentId);
  expect((await pay({ id, amount: 5 })).paymentId).not.toBe(first.paymentId);
  expect(await pay({ id, amount: 5, visitor: 'x' })).toMatchObject({ code: 'invalid_visitor' });
  expect(await pay({ id, currency: 'EUR' })).toMatchObject({ kind: 'INVALID', message: 'amount_fiat is required for this link' });
  await merchant.request(UPDATE, { input: { id, status: 'INACTIVE' } });
  expect(await pay({ id, amount: 5 })).toMatchObject({ kind: 'GONE', message: 'Payment link is inactive' });
});

test('links are listed with what they earned, and a payment names its link', async () => {
  const made = await create(merchant, { ...TIP, title: 'Earner' });
  const session = await pay({ id: made.id, amount: 3 }, merchant);
  expect(session.payment).toEqual({ id: session.paymentId });
  const query = 'query ($id: ID!) { payment(id: $id) { status source amountSats link { title paidCount } lightning { invoice } } }';
  const read = async () => (await merchant.request<Json>(query, { id: session.paymentId })).payment;
  const pending = await read();
  expect(pending).toMatchObject({ source: 'LINK', link: { title: 'Earner', paidCount: 0 } });
  await avopay.call('POST', '/sandbox/pay', { body: { invoice: pending.lightning.invoice }, key: null });
  await eventually(async () => (await read()).status === 'PAID');
  const { paymentLinks } = await merchant.request<Json>(
    '{ paymentLinks(first: 50, status: "active") { edges { node { title paidCount paidSats } } } }',
  );
  expect(paymentLinks.edges[0].node).toEqual({ title: 'Earner', paidCount: 1, paidSats: pending.amountSats });
});

test('a subscriber hears of links that are made, changed and paid, of no other account’s, and needs the secret key', async () => {
  const SUBSCRIPTION = 'subscription { paymentLinksUpdated { id title status paidCount } }';
  const old = await create(merchant, { ...TIP, title: 'Old' });
  const live = follow(avopay.url, SUBSCRIPTION, {}, avopay.demo.secret_key);
  const deaf = follow(avopay.url, SUBSCRIPTION, {}, avopay.demo.publishable_key);
  expect(await deaf.until((state) => state.errors).catch((error: unknown) => ({ errors: error }))).toMatchObject({
    errors: [{ message: 'Secret key required for this endpoint' }],
  });
  await eventually(async () => {
    await merchant.request(UPDATE, { input: { id: old.id, title: `Old ${performance.now()}` } });
    return live.states.length > 0;
  });
  const other = clientOf((await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null })).body.secret_key);
  await create(other, { ...TIP, title: 'Not yours' });
  const { id } = await create(merchant, { ...TIP, title: 'New' });
  expect(await live.until((state) => state.id === id)).toMatchObject({ title: 'New', paidCount: 0 });
  const { paymentId } = await pay({ id, amount: 3 });
  const { lightning_invoice: invoice } = (await avopay.call('GET', `/api/v1/payments/${paymentId}`)).body;
  await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null });
  expect(await live.until((state) => state.id === id && state.paidCount === 1)).toMatchObject({ status: 'ACTIVE' });
  expect(live.states.map((state) => state.title)).not.toContain('Not yours');
  await Promise.all([live.close(), deaf.close()]);
});

test('a link says what happened to it in events, each change once', async () => {
  const { id } = await create(merchant, TIP);
  const change = (title: string) => merchant.request(UPDATE, { input: { id, title } });
  await change('Tip jar');
  await change('Tip jar');
  const events = await eventually(async () => {
    const { rows } = await avopay.db.query(`SELECT type, "subjectVersion", facts FROM "Event" WHERE "subjectId" = $1 ORDER BY sequence`, [
      id,
    ]);
    return rows.length >= 2 && rows;
  });
  expect(events).toEqual([
    { type: 'link.created', subjectVersion: 0, facts: { title: 'Tip', amountFiat: null, currency: 'EUR' } },
    { type: 'link.updated', subjectVersion: 1, facts: { title: 'Tip jar' } },
  ]);
});
