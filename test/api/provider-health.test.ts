import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpCall } from '../../src/lib/http-client.ts';
import { makeLog } from '../../src/lib/log.ts';
import { makeProviders } from '../../src/swaps/providers.ts';
import { freshDatabase } from '../support/database.ts';

let own: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  own = await freshDatabase();
});
afterAll(() => own.close());

/** One process's view of a provider, and a clock that stands still until it is moved. */
function watchProvider(name: string) {
  let atMs = Date.parse('2026-01-01');
  const deps = { database: own.database, http: httpCall, log: makeLog('silent'), now: () => new Date(atMs) };
  const providers = makeProviders(deps, [{ name, url: 'http://127.0.0.1:9/v2' }]);
  const stored = () => own.database.client.providerHealth.findUniqueOrThrow({ where: { provider: name } });
  const advance = (ms: number) => {
    atMs += ms;
  };
  return { note: (failure: string | null) => providers.note(name, failure), stored, advance };
}

test('a provider that serves many creates at once is written down once a second', async () => {
  const { note, stored, advance } = watchProvider('busy');
  await note(null);
  await note(null);
  advance(999);
  await note(null);
  expect((await stored()).version).toBe(1);
  advance(1);
  await note(null);
  expect((await stored()).version).toBe(2);
});

test('a failure is written down at once, and so is the success that follows it', async () => {
  const { note, stored } = watchProvider('wavering');
  await note(null);
  await note('away');
  expect(await stored()).toMatchObject({ failures: 1, lastError: 'away' });
  await note(null);
  expect(await stored()).toMatchObject({ failures: 0, state: 'closed', version: 3 });
});
