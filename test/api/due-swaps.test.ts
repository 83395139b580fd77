import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';
import { dueSwapIds } from '../../src/swaps/swap-store.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { bytes, insert } from '../support/database-rows.ts';

const AT = new Date('2027-01-01T12:00:00Z');
/** What a swap that nobody was seen to pay has no facts of. */
const UNPAID = {
  ...{ status: 'verified', lockupTxid: null, lockupVout: null, lockupSats: null, claimTxSealed: null, claimTxid: null },
  ...{ claimFeeSats: null, revealedAt: null, acceptedAt: null, buriedAt: null },
};

let db: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  db = await freshDatabase();
  client = new pg.Client(db.connectionString);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await db.close();
});

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

test('what something has happened to is looked at before open invoices, however long those have been due, and of those a few at a time', async () => {
  for (let n = 1; n <= 5; n++) await insertDue(n, n * 1_000, UNPAID);
  await insertDue(6, 10, {});
  await insertDue(7, 20, {});
  await insertDue(8, 90_000, { leaseUntil: new Date(AT.getTime() + 1_000) });
  await insertDue(9, -1_000, {});
  const deps = { database: db.database, sealer: makeSealer(new Secret(new Uint8Array(32).fill(1)), systemRandom) };
  const due = await dueSwapIds(deps, AT, { moving: 10, unpaid: 3 });
  expect(due).toEqual(['swp_7', 'swp_6', 'swp_5', 'swp_4', 'swp_3']);
  expect(await dueSwapIds(deps, AT, { moving: 1, unpaid: 0 })).toEqual(['swp_7']);
});
