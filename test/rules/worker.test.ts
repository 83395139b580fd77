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
