import type { AskKeys } from '../../src/swaps/ask-keys-ahead.ts';
import { expect, test } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { askKeysAhead } from '../../src/swaps/ask-keys-ahead.ts';
import { SignerAway } from '../../src/swaps/signer-away.ts';
import { SWAP_KEYS_MAX } from '../../src/swaps/signer-wire.ts';
import { deriveSwapKeys, KEY_INDEX_MAX } from '../../src/swaps/swap-keys.ts';

const seed = new Secret(new Uint8Array(64).fill(7));
const publicOf = (era: number, index: number) => {
  const { publicKey, preimageHash } = deriveSwapKeys(seed, { era, index });
  return { claimPublicKey: publicKey, preimageHash };
};
const shown = (era: number, index: number) => ({ index, ...publicOf(era, index) });

type Asked = Readonly<{ era: number; index: number; count: number }>;
/** A signer that notes what it is asked, and answers as `answer` says. */
function signer(answer: (asked: Asked) => ReturnType<AskKeys> = honest) {
  const asked: Asked[] = [];
  const keysOf = askKeysAhead((from, count) => {
    asked.push({ ...from, count });
    return answer({ ...from, count });
  });
  return { asked, keysOf };
}
async function honest({ era, index, count }: Asked) {
  return { keys: Array.from({ length: count }, (_, nth) => shown(era, index + nth)) };
}
const from = (first: number, count: number) => Array.from({ length: count }, (_, nth) => first + nth);

test('keys that are asked ahead are those of their indexes, in whatever order these are used', async () => {
  const { asked, keysOf } = signer();
  const orders = [...from(0, 20), 25, 24, 40, 39, 21, ...from(100, 40).reverse()];
  for (const index of orders) expect(await keysOf({ era: 1, index })).toEqual(publicOf(1, index));
  const together = await Promise.all(from(200, 50).map((index) => keysOf({ era: 1, index })));
  expect(together).toEqual(from(200, 50).map((index) => publicOf(1, index)));
  expect(asked.length).toBeLessThan(orders.length);
});

test('the first key is asked for by itself, and those behind it do not ask again', async () => {
  const { asked, keysOf } = signer();
  await keysOf({ era: 1, index: 5 });
  const first = [
    { era: 1, index: 5, count: 1 },
    { era: 1, index: 6, count: SWAP_KEYS_MAX },
  ];
  expect(asked).toEqual(first);
  await Promise.all(from(6, 8).map((index) => keysOf({ era: 1, index })));
  expect(asked).toEqual(first);
});

test('a thousand keys, one after another, cost about as many asks as there are runs of them', async () => {
  const { asked, keysOf } = signer();
  for (const index of from(0, 1_000)) await keysOf({ era: 1, index });
  expect(asked.length).toBeLessThanOrEqual(1_000 / SWAP_KEYS_MAX + 3);
});

test('a key is remembered for one use: the same index again is asked for again', async () => {
  const { asked, keysOf } = signer();
  for (const index of from(0, 3)) await keysOf({ era: 1, index });
  const before = asked.length;
  expect(await keysOf({ era: 1, index: 1 })).toEqual(publicOf(1, 1));
  expect(asked.slice(before)).toEqual([{ era: 1, index: 1, count: 1 }]);
});

test('another era has other keys, and none of the old one are given out for it', async () => {
  const { keysOf } = signer();
  for (const index of from(0, 4)) await keysOf({ era: 1, index });
  for (const index of [100, 4]) expect(await keysOf({ era: 2, index })).toEqual(publicOf(2, index));
  expect(await keysOf({ era: 1, index: 5 })).toEqual(publicOf(1, 5));
  expect(publicOf(2, 4)).not.toEqual(publicOf(1, 4));
});

test('what nobody uses makes room: keys of long ago are asked for again', async () => {
  const { asked, keysOf } = signer();
  for (const index of from(0, 10).map((nth) => nth * 100)) await keysOf({ era: 1, index });
  const before = asked.length;
  await keysOf({ era: 1, index: 901 });
  expect(asked.length).toBe(before);
  expect(await keysOf({ era: 1, index: 1 })).toEqual(publicOf(1, 1));
  expect(asked.slice(before)).toEqual([{ era: 1, index: 1, count: 1 }]);
});

const LIES: readonly (readonly [string, (asked: Asked) => ReturnType<AskKeys>])[] = [
  ['fewer keys', async (asked) => ({ keys: (await honest(asked)).keys.slice(1) })],
  ['more keys', async (asked) => ({ keys: [...(await honest(asked)).keys, shown(asked.era, asked.index + asked.count)] })],
  ['keys of other indexes', async (asked) => honest({ ...asked, index: asked.index + 1 })],
  ['the same key again', async ({ era, index, count }) => ({ keys: from(0, count + 1).map(() => shown(era, index)) })],
];
test.each(LIES)('a signer that answers %s is refused, and nothing of it is kept', async (_, lie) => {
  let lies = true;
  const { keysOf } = signer((asked) => (lies ? lie(asked) : honest(asked)));
  for (const index of from(0, 3)) await expect(keysOf({ era: 1, index })).rejects.toThrow('the keys of other indexes');
  lies = false;
  for (const index of from(3, 20)) expect(await keysOf({ era: 1, index })).toEqual(publicOf(1, index));
});

test('keys that a dying signer did not answer are asked of the next one', async () => {
  let isAway = true;
  const { keysOf } = signer((asked) => (isAway ? Promise.reject(new SignerAway('it ended')) : honest(asked)));
  await expect(keysOf({ era: 1, index: 0 })).rejects.toThrow(SignerAway);
  isAway = false;
  for (const index of from(1, 30)) expect(await keysOf({ era: 1, index })).toEqual(publicOf(1, index));
});

test('no key is asked for behind the last index', async () => {
  const { asked, keysOf } = signer();
  for (const index of from(KEY_INDEX_MAX - 2, 3)) expect(await keysOf({ era: 1, index })).toEqual(publicOf(1, index));
  expect(Math.max(...asked.map(({ index, count }) => index + count - 1))).toBe(KEY_INDEX_MAX);
});
