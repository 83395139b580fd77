import { expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { HINT_GAP_MS, hintIntake } from '../../src/swaps/hint-intake.ts';

/** Everything that one intake did, with the times of its looks. */
function watched(find: (provider: string, token: string) => Promise<string | null>) {
  const looks: { swapId: string; atMs: number }[] = [];
  let lookups = 0;
  let atOnce = 0;
  let atOnceMost = 0;
  const startedMs = performance.now();
  const intake = hintIntake({
    log: makeLog('silent'),
    lookSoon: (swapId) => void looks.push({ swapId, atMs: performance.now() - startedMs }),
    find: async (provider, token) => {
      lookups += 1;
      atOnceMost = Math.max(atOnceMost, ++atOnce);
      return find(provider, token).finally(() => {
        atOnce -= 1;
      });
    },
  });
  return { intake, looks, seen: () => ({ lookups, atOnceMost }) };
}
const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 20));

test('a crowd of hints for one swap is one look now and one two seconds later', async () => {
  const begunMs = performance.now();
  const { intake, looks } = watched(async () => 'swp_1');
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 100; i++) intake.take('boltz', 'token');
    await soon();
  }
  expect(looks.length).toBeLessThanOrEqual(1 + Math.floor((performance.now() - begunMs) / HINT_GAP_MS));
  await expect.poll(() => looks.length).toBe(2);
  expect((looks[1]?.atMs ?? 0) - (looks[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(HINT_GAP_MS - 5);
  await intake.stop();
});

test('a single hint is followed at once and only once', async () => {
  const { intake, looks } = watched(async () => 'swp_1');
  intake.take('boltz', 'token');
  await soon();
  expect(looks.map(({ swapId }) => swapId)).toEqual(['swp_1']);
  await intake.stop();
});

test('a flood of strangers’ tokens is looked up two at a time, and what does not fit is dropped', async () => {
  const { intake, looks, seen } = watched(async () => {
    await soon();
    return null;
  });
  for (let i = 0; i < 50_000; i++) intake.take('boltz', `stranger ${i}`);
  await soon();
  expect(seen().atOnceMost).toBe(2);
  await intake.stop();
  expect(seen().lookups).toBeLessThanOrEqual(1_002);
  expect(looks).toEqual([]);
});

test('a lookup that fails is a line in the log and nothing else', async () => {
  let fails = true;
  const { intake, looks } = watched(async () => {
    if (fails) throw new Error('the database is away');
    return 'swp_1';
  });
  intake.take('boltz', 'token');
  await soon();
  expect(looks).toEqual([]);
  fails = false;
  intake.take('boltz', 'token');
  await soon();
  expect(looks).toHaveLength(1);
  await intake.stop();
});

test('a stopped intake follows nothing', async () => {
  const { intake, looks } = watched(async () => 'swp_1');
  intake.take('boltz', 'token');
  await intake.stop();
  intake.take('boltz', 'token');
  await soon();
  expect(looks).toEqual([]);
});
