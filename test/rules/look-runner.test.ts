import type { Reconciled } from '../../src/swaps/reconcile-swap.ts';
import { expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { lookRunner } from '../../src/swaps/look-runner.ts';

/** Looks that end when the test says so, each with a status. */
function heldLooks() {
  const looks: { swapId: string; end: (status: string) => Promise<void> }[] = [];
  const reconcile = (swapId: string) =>
    new Promise<Reconciled | null>((resolve) => {
      const end = async (status: string) => {
        resolve({ kind: 'done', swap: { status }, looked: true } as unknown as Reconciled); // the status is all that is asked for
        await new Promise((settled) => setTimeout(settled));
      };
      looks.push({ swapId, end });
    });
  return { looks, runner: lookRunner({ log: makeLog('silent'), reconcile }) };
}

test('a hint that comes during a look is followed after it', async () => {
  const { looks, runner } = heldLooks();
  runner.lookSoon('swp_1');
  runner.lookSoon('swp_1');
  runner.lookSoon('swp_1');
  expect(looks).toHaveLength(1);
  await looks[0]?.end('verified');
  expect(looks).toHaveLength(2);
  await looks[1]?.end('verified');
  expect(looks).toHaveLength(2);
});

test('a hint that comes during a look is not followed once our claim is accepted: no provider can tell more', async () => {
  const { looks, runner } = heldLooks();
  runner.lookSoon('swp_1');
  runner.lookSoon('swp_1');
  await looks[0]?.end('claim_accepted');
  expect(looks).toHaveLength(1);
});

test('hints of swaps that are looked at already take no place from other swaps', async () => {
  const { looks, runner } = heldLooks();
  const first = Array.from({ length: 4 }, (_, at) => `swp_${at}`);
  const later = Array.from({ length: 4 }, (_, at) => `swp_1${at}`);
  for (const swapId of [...first, ...first, ...later]) runner.lookSoon(swapId);
  expect(looks.map(({ swapId }) => swapId)).toEqual([...first, ...later]);
});

test('a caller who asks during a look gets the one after it, hinted or not', async () => {
  const { looks, runner } = heldLooks();
  runner.lookSoon('swp_1');
  const asked = runner.look('swp_1');
  runner.lookSoon('swp_1');
  await looks[0]?.end('claim_accepted');
  expect(looks).toHaveLength(2);
  await looks[1]?.end('claim_buried');
  expect(await asked).toMatchObject({ swap: { status: 'claim_buried' } });
  expect(looks).toHaveLength(2);
});
