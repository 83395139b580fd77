import type { Stops } from '../../src/lib/stops.ts';
import { expect, test } from 'vitest';
import { stopAll, together, turnIn } from '../../src/lib/stops.ts';

const noting = (said: string[], word: string) => async () => void said.push(word);

test('parts that started side by side stop in their turn, whichever was up first', async () => {
  const said: string[] = [];
  const stops: Stops = [];
  const [database, sandbox] = [turnIn(stops), turnIn(stops)];
  stops.push(noting(said, 'server'));
  sandbox.push(noting(said, 'sandbox'));
  database.push(noting(said, 'database'), noting(said, 'connections'));
  await stopAll(stops);
  await stopAll(stops);
  expect(said).toEqual(['server', 'sandbox', 'connections', 'database']);
});

test('a part that fails ends the wait of the others, and is heard of once they have all settled', async () => {
  const said: string[] = [];
  const fault = new Error('the database is newer than this server');
  const starting = together((signal) => [
    Promise.reject(fault),
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    Promise.resolve().then(noting(said, 'up')),
  ]);
  await expect(starting).rejects.toBe(fault);
  expect(said).toEqual(['up']);
});

test('a start that is stopped rejects with the reason of the stop', async () => {
  const stopping = new AbortController();
  const starting = together(
    (signal) => [new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))), Promise.resolve(1)],
    stopping.signal,
  );
  stopping.abort(new Error('stopped'));
  await expect(starting).rejects.toThrow('stopped');
});

test('parts that come up are handed on in the order in which they were named', async () => {
  expect(await together(() => [Promise.resolve('prisma'), Promise.resolve(20)])).toEqual(['prisma', 20]);
});
