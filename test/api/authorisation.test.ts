import type { Avopay } from '../support/avopay.ts';
import type { CallerName, Callers } from '../support/authorisation.ts';
import type { Things } from '../support/authorisation-table.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RAW_ROUTES, ROUTES } from '../../rest-adapter/routes.ts';
import { askField, askRoute, askSubscription, CALLERS, rootFields } from '../support/authorisation.ts';
import { FIELD_MATRIX, promised, REST_MATRIX } from '../support/authorisation-table.ts';
import { startAvopay } from '../support/avopay.ts';
import { ourPage, stranger } from '../support/person.ts';

let avopay: Avopay;
let callers: Callers;
let things: Things;
let people: { readonly [caller: string]: Login };

type Login = { readonly email: string; readonly password: string };
/** What a page of ours sends for somebody who has just signed in. */
async function session({ email, password }: Login): Promise<Record<string, string>> {
  const person = stranger(avopay);
  await person.call('POST', '/api/v1/auth/login', { email, password });
  return { ...ourPage(avopay), cookie: person.cookie ?? '' };
}

/** The caller of a cell, with a session of its own where the request ends it. */
async function callerOf(caller: CallerName, endsSession: boolean): Promise<Record<string, string>> {
  const login = people[caller];
  return endsSession && login ? session(login) : callers[caller];
}

beforeAll(async () => {
  avopay = await startAvopay();
  const { body: other } = await avopay.call('POST', '/sandbox/accounts', { key: null, body: {} });
  const { body: payment } = await avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR' } });
  const { body: link } = await avopay.call('POST', '/api/v1/payment-links', { body: { title: 'Theirs', amount_fiat: 5, currency: 'EUR' } });
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  callers = {
    none: {},
    page: { referer: `${avopay.url}/pay/pmt_00000000000000000000000000` },
    publishable: bearer(avopay.demo.publishable_key),
    'secret A': bearer(avopay.demo.secret_key),
    'secret B': bearer(other.secret_key),
    'session A': await session(avopay.demo),
    'session B': await session(other),
  };
  people = { 'session A': avopay.demo, 'session B': other };
  things = { payment: payment.payment_id, link: link.id, address: '' };
});
afterAll(() => avopay.stop());

const cells = (table: typeof REST_MATRIX) =>
  Object.entries(table).flatMap(([name, row]) => CALLERS.map((caller) => [name, caller, promised(row, caller)] as const));

test('every route and every root field of the schema has its row, and no row is of something that is gone', () => {
  const routes = [...ROUTES, ...RAW_ROUTES].map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(REST_MATRIX).sort()).toEqual(routes.sort());
  const fields = (['query', 'mutation', 'subscription'] as const).flatMap((kind) =>
    Object.keys(rootFields(kind)).map((name) => `${kind} ${name}`),
  );
  expect(Object.keys(FIELD_MATRIX).sort()).toEqual(fields.sort());
});

describe('REST', () => {
  test.each(cells(REST_MATRIX))('%s, asked by %s: %s', async (name, caller, cell) => {
    const [method = '', path = ''] = name.split(' ');
    const filled = path.replace(':payment_id', things.payment).replace(/:(link_)?id/, things.link);
    const body = REST_MATRIX[name]?.sends?.(things);
    const as = await callerOf(caller, REST_MATRIX[name]?.endsSession === true);
    expect(await askRoute(avopay, as, { method, path: filled, body })).toBe(cell);
  });
});

describe('GraphQL', () => {
  test.each(cells(FIELD_MATRIX))('%s, asked by %s: %s', async (name, caller, cell) => {
    const [kind = '', field = ''] = name.split(' ');
    const variables = FIELD_MATRIX[name]?.sends?.(things) ?? {};
    const as = await callerOf(caller, FIELD_MATRIX[name]?.endsSession === true);
    const seen =
      kind === 'subscription'
        ? await askSubscription(avopay, as, field, variables)
        : await askField(avopay, as, kind === 'query' ? 'query' : 'mutation', field, variables);
    expect(seen).toBe(cell);
  });
});
