import type { TestDatabase } from '../support/database.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../src/lib/bytes.ts';
import { newId } from '../../src/lib/ids.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { ok, refuse } from '../../src/lib/result.ts';
import { runOnce } from '../../src/payments/run-once.ts';
import { freshDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const NOW = new Date('2026-05-15T14:00:00.000Z');
const UNAVAILABLE = { kind: 'unavailable', code: 'provider_unavailable', message: 'Not now' } as const;
const REFUSED = { kind: 'invalid', code: 'invalid_amount', message: 'No' } as const;
type Run = { readonly id: string; readonly isFresh: boolean };

/** Runs under a key, each time to another end; answers what the runs were told. */
async function runs(text: string | null, ends: readonly ('dies' | 'unavailable' | 'refused' | 'made')[]): Promise<readonly Run[]> {
  const told: Run[] = [];
  const hash = (domain: string, key: string) => new Uint8Array(sha256(`${domain} ${key}`));
  for (const end of ends) {
    await runOnce<string, string>(
      { now: () => NOW, hash, database: db.database },
      { scope: 'acc', route: 'r', text, body: '{}' },
      {
        newId: () => newId(systemRandom, 'payment'),
        find: async (id) => id,
        run: async (id, alsoInCommit, isFresh) => {
          told.push({ id, isFresh });
          if (end === 'dies') throw new Error('killed');
          if (end !== 'made') return refuse(end === 'refused' ? REFUSED : UNAVAILABLE);
          await db.database.transact(alsoInCommit.run);
          return ok(id);
        },
      },
    ).catch(() => undefined);
  }
  return told;
}

test('only the first run under an id is fresh: one that died or found nobody may have left something behind', async () => {
  const [died, unavailable, made, ...more] = await runs('order-1', ['dies', 'unavailable', 'made', 'made']);
  expect([died?.isFresh, unavailable?.isFresh, made?.isFresh, more]).toEqual([true, false, false, []]);
  expect(new Set([died?.id, unavailable?.id, made?.id]).size).toBe(1);
});

test('a run without a key, and one after a refusal that gave the key back, have an id of their own and are fresh', async () => {
  const [refused, corrected] = await runs('order-2', ['refused', 'made']);
  expect([refused?.isFresh, corrected?.isFresh, refused?.id === corrected?.id]).toEqual([true, true, false]);
  const [one, two] = await runs(null, ['dies', 'made']);
  expect([one?.isFresh, two?.isFresh, one?.id === two?.id]).toEqual([true, true, false]);
});
