import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';
import { dueSwapIds, postponeGlance, takeUnpaid } from '../../src/swaps/swap-store.ts';
import { freshDatabaseWithClient } from '../support/database.ts';
import { bytes, insert } from '../support/database-rows.ts';

const AT = new Date('2027-01-01T12:00:00Z');
/** What a swap that nobody was seen to pay has no facts of. */
const UNPAID = {
  ...{ status: 'verified', lockupTxid: null, lockupVout: null, lockupSats: null, claimTxSealed: null, claimTxid: null },
  ...{ claimFeeSats: null, revealedAt: null, acceptedAt: null, buriedAt: null },
};

let db: Awaited<ReturnType<typeof freshDatabaseWithClient>>;
let client: typeof db.client;
beforeAll(async () => {
  db = await freshDatabaseWithClient();
  client = db.client;
});
afterAll(() => db.close());

async function insertDue(n: number, dueMsAgo: number, changes: { readonly [column: string]: unknown }): Promise<void> {
  const own = {
    id: `swp_${n}`,
    subjectId: `pmt_${n}`,
    providerSwapId: `id${n}`,
    keyIndex: n,
    preimageHash: bytes(32, n),
    lockupScript: bytes(34, n),
  };
  const times = { nextLookAt: new Date(AT.getTime() - dueMsAgo), leaseUntil: null };
  await insert(client, 'Swap', {
    ...own,
    claimPublicKey: bytes(33, n),
    lockupTxid: `lockup${n}`,
    claimTxid: `claim${n}`,
    ...times,
    ...changes,
  });
}

const sealer = makeSealer(new Secret(new Uint8Array(32).fill(1)), systemRandom);

test('what something has happened to is due apart from open invoices, however many of those there are, longest due first', async () => {
  const deps = { database: db.database };
  for (let n = 1; n <= 5; n++) await insertDue(n, n * 1_000, UNPAID);
  await insertDue(6, 10, {});
  await insertDue(7, 20, {});
  await insertDue(8, 90_000, { leaseUntil: new Date(AT.getTime() + 1_000) });
  await insertDue(9, -1_000, {});
  expect(await dueSwapIds(deps, AT, 10)).toEqual(['swp_7', 'swp_6']);
  expect(await dueSwapIds(deps, AT, 1)).toEqual(['swp_7']);
});

test('open invoices are taken a few at a time, longest due first, by one worker each, and are due again whoever dies', async () => {
  const deps = { database: db.database, sealer };
  const first = new Date(AT.getTime() + 30_000);
  const take = (at: Date, most: number) => takeUnpaid(deps, { at, dueAt: new Date(at.getTime() + 30_000), most });
  const [one, other] = await Promise.all([take(AT, 2), take(AT, 2)]);
  expect([...one, ...other].map(({ id }) => id).toSorted()).toEqual(['swp_2', 'swp_3', 'swp_4', 'swp_5']);
  expect((await take(AT, 9)).map(({ id }) => id)).toEqual(['swp_1']);
  expect(await take(AT, 9)).toEqual([]);
  expect(await take(first, 9)).toHaveLength(5);
});

test('a glance puts off what is still due when it thought, and nothing that a look has put off meanwhile', async () => {
  const deps = { database: db.database, sealer };
  const dueOf = async () => (await client.query(`SELECT "nextLookAt" FROM "Swap" WHERE "id" = 'swp_1'`)).rows[0].nextLookAt as Date;
  const from = await dueOf();
  const soon = new Date(AT.getTime() + 5_000);
  await postponeGlance(deps, 'swp_1', { from, to: soon });
  expect(await dueOf()).toEqual(soon);
  await postponeGlance(deps, 'swp_1', { from, to: AT });
  expect(await dueOf()).toEqual(soon);
});
