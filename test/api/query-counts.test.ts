import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../src/lib/ids.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { BARE_AT as AT, bareApp } from '../support/bare-app.ts';

let bare: Awaited<ReturnType<typeof bareApp>>;
beforeAll(async () => {
  bare = await bareApp();
});
afterAll(() => bare.close());

/** A shop with so many of everything. */
async function shop(rows: number): Promise<string> {
  const { accountId, key } = await bare.account(`${rows}@shop.example`);
  const id = (kind: 'quote' | 'link' | 'payment' | 'event' | 'endpoint' | 'delivery') => newId(systemRandom, kind);
  const { client } = bare.database;
  for (let i = 0; i < rows; i++) {
    const [quoteId, linkId, paymentId, eventId, endpointId, deliveryId] = [
      id('quote'),
      id('link'),
      id('payment'),
      id('event'),
      id('endpoint'),
      id('delivery'),
    ];
    await client.rateQuote.create({ data: { id: quoteId, currency: 'EUR', minorPerBtcE4: 10n ** 11n, sources: [], takenAt: AT } });
    await client.paymentLink.create({
      data: {
        ...{ id: linkId, accountId, mode: 'live', title: 'Tea', currency: 'EUR', status: 'active', version: 1, createdAt: AT },
        fiatMinor: 500n,
      },
    });
    await client.payment.create({
      data: {
        ...{
          id: paymentId,
          accountId,
          mode: 'live',
          status: 'pending',
          version: 1,
          source: 'link',
          linkId,
          currency: 'EUR',
          fiatMinor: 500n,
        },
        ...{
          amountSats: 5000n,
          quoteId,
          metadataText: '{}',
          lightning: 'none_configured',
          createdAt: AT,
          expiresAt: new Date(AT.getTime() + 600_000),
          late: false,
          receivedSats: 0n,
        },
      },
    });
    await client.event.create({
      data: {
        ...{ id: eventId, accountId, sequence: BigInt(i + 1), type: 'payment.created', subjectId: paymentId, subjectVersion: 1, facts: {} },
        ...{ webhookBody: '{}', createdAt: AT },
      },
    });
    await client.webhookEndpoint.create({
      data: {
        id: endpointId,
        accountId,
        mode: 'live',
        isDefault: i === 0,
        url: 'http://a.example/',
        eventTypes: [],
        status: 'enabled',
        version: 1,
        createdAt: AT,
      },
    });
    await client.delivery.create({
      data: { id: deliveryId, accountId, endpointId, eventId, redelivery: 0, status: 'delivered', attempts: 1, fence: 1n, createdAt: AT },
    });
    await client.attempt.create({
      data: { id: deliveryId, accountId, deliveryId, number: 1, startedAt: AT, durationMs: 5, httpStatus: 200, requestHeaders: {} },
    });
  }
  return key;
}

async function ask(key: string, query: string): Promise<{ data: Json; queries: number }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const request = () =>
    bare.graphql.yoga.fetch('http://shop/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) }, { address: '192.0.2.1' });
  await request(); // the key's time of last use is written once a minute
  bare.takeQueries();
  const { data, errors } = (await (await request()).json()) as Json;
  expect(errors).toBeUndefined();
  return { data, queries: bare.takeQueries() };
}

const DELIVERIES = 'deliveries { edges { node { status event { type } endpoint { url } attempts { number } } } }';

test('G-12: a list of twenty rows asks the database as often as a list of one, whatever is shown of each row', {
  timeout: 60_000,
}, async () => {
  const [one, twenty] = [await shop(1), await shop(20)];
  const lists = {
    payments: `{ payments { edges { node {
      id rate { fiatPerBtc } link { title paidCount } lightning { invoice } liquid { address } liquidState timeline { code } ${DELIVERIES}
    } } } }`,
    paymentLinks: '{ paymentLinks { edges { node { id paidCount paidSats } } } }',
    webhookEndpoints: `{ webhookEndpoints { id ${DELIVERIES} } }`,
    events: '{ events { edges { node { id type } } } }',
  };
  for (const [name, query] of Object.entries(lists)) {
    const [few, many] = [await ask(one, query), await ask(twenty, query)];
    const rows = ({ data }: { data: Json }) => (Array.isArray(data[name]) ? data[name] : data[name].edges).length;
    expect([rows(few), rows(many)], name).toEqual([1, 20]);
    expect(many.queries, name).toBe(few.queries);
    expect(many.queries, name).toBeLessThan(20);
  }
});
