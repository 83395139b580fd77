import type { Avopay } from '../support/avopay.ts';
import type { Callers } from '../support/authorisation.ts';
import type { MatrixRow, Things } from '../support/authorisation-table.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RAW_ROUTES, ROUTES, STATIC_ROUTES } from '../../rest-adapter/routes.ts';
import { askField, askRoute, askSubscription, CALLERS, rootFields } from '../support/authorisation.ts';
import { FIELD_MATRIX, promised, REST_MATRIX } from '../support/authorisation-table.ts';
import { startAvopay } from '../support/avopay.ts';
import { callersOf, newEndpoint, newShop, shopWithThings, signedIn } from '../support/matrix-world.ts';

let avopay: Avopay;
let callers: Callers;
let things: Things;
let shop: Avopay['demo'];
let people: { readonly [caller: string]: Avopay['demo'] };

beforeAll(async () => {
  avopay = await startAvopay();
  const other = await newShop(avopay);
  ({ shop, things } = await shopWithThings(avopay));
  callers = await callersOf(avopay, shop, other);
  people = { 'session A': shop, 'session B': other };
});
afterAll(() => avopay.stop());

/** What one caller asks with in one cell: what the request ends is made for this cell alone. */
async function cellWorld({ ends }: MatrixRow, caller: (typeof CALLERS)[number], isLetIn: boolean) {
  const person = people[caller];
  if (ends === 'session' && person) return { as: await signedIn(avopay, person), of: things };
  if (ends === 'account' && person) {
    const closing = await newShop(avopay);
    return { as: await signedIn(avopay, closing), of: { ...things, password: closing.password } };
  }
  if (ends === 'endpoint' && isLetIn) return { as: callers[caller], of: { ...things, endpoint: await newEndpoint(avopay, shop) } };
  return { as: callers[caller], of: things };
}

type Asking = (as: Record<string, string>, of: Things) => Promise<string>;

/** The whole row at once: what each caller was told, beside what the table promises. */
async function expectRow(row: MatrixRow, ask: Asking): Promise<void> {
  const cells = CALLERS.map(async (caller) => {
    const { as, of } = await cellWorld(row, caller, promised(row, caller) === 'in');
    return [caller, await ask(as, of)] as const;
  });
  const told = Object.fromEntries(await Promise.all(cells));
  expect(told).toEqual(Object.fromEntries(CALLERS.map((caller) => [caller, promised(row, caller)])));
}

test('every route and every root field of the schema has its row, and no row is of something that is gone', () => {
  const routes = [...ROUTES, ...RAW_ROUTES, ...STATIC_ROUTES].map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(REST_MATRIX).sort()).toEqual(routes.sort());
  const fields = (['query', 'mutation', 'subscription'] as const).flatMap((kind) =>
    Object.keys(rootFields(kind)).map((name) => `${kind} ${name}`),
  );
  expect(Object.keys(FIELD_MATRIX).sort()).toEqual(fields.sort());
});

describe('REST', () => {
  test.each(Object.entries(REST_MATRIX))('%s answers each caller as its row says', async (name, row) => {
    const [method = '', path = ''] = name.split(' ');
    await expectRow(row, (as, of) => {
      const filled = path.replace(/:\w*id$|:\w*id(?=\/)/, row.id ? of[row.id] : 'none');
      return askRoute(avopay, as, { method, path: filled, body: row.sends?.(of) });
    });
  });
});

describe('GraphQL', () => {
  test.each(Object.entries(FIELD_MATRIX))('%s answers each caller as its row says', async (name, row) => {
    const [kind = '', field = ''] = name.split(' ');
    await expectRow(row, (as, of) => {
      const variables = row.sends?.(of) ?? {};
      if (kind === 'subscription') return askSubscription(avopay, as, field, variables);
      return askField(avopay, as, kind === 'query' ? 'query' : 'mutation', field, variables);
    });
  });
});
