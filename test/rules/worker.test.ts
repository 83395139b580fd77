import { expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { startWorker } from '../../src/worker.ts';

test('what an event makes due is looked at at once, and leaves the other jobs to their ticks', async () => {
  const ran = { relay: 0, watch: 0 };
  const count = (name: keyof typeof ran) => async () => {
    ran[name]++;
    return 0;
  };
  const worker = startWorker({ relay: count('relay'), watch: count('watch') }, makeLog('silent'));
  await expect.poll(() => ran).toEqual({ relay: 1, watch: 1 });
  worker.wake(['relay', 'a job that this server does not have']);
  await expect.poll(() => ran.relay, { interval: 5 }).toBe(2);
  expect(ran.watch).toBe(1);
  worker.wake();
  await expect.poll(() => ran.watch, { interval: 5 }).toBe(2);
  await worker.stop();
});

test('what comes together is done in one round, unless a round was full', async () => {
  const rounds: number[] = [];
  const works: number[] = [];
  const relay = async () => {
    rounds.push(performance.now());
    return works.shift() ?? 0;
  };
  const worker = startWorker({ relay }, makeLog('silent'), { relay: { fullRound: 3, apartMs: 120 } });
  await expect.poll(() => rounds.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  works.push(3, 3, 2, 1);
  worker.wake();
  worker.wake();
  // Two full rounds and the one that was not, with no pause between them; after that one nothing is left to look for.
  await expect.poll(() => rounds.length, { interval: 5 }).toBe(4);
  expect((rounds[3] ?? 0) - (rounds[1] ?? 0)).toBeLessThan(100);
  for (let wakes = 0; wakes < 5; wakes++) worker.wake();
  await expect.poll(() => rounds.length, { interval: 5 }).toBe(5);
  expect((rounds[4] ?? 0) - (rounds[3] ?? 0)).toBeGreaterThan(110);
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(rounds.length).toBe(5);
  await worker.stop();
});
