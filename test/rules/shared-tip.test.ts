import type { ChainSource } from '../../src/liquid/chain-source.ts';
import { expect, test } from 'vitest';
import { httpCall } from '../../src/lib/http-client.ts';
import { esploraClient } from '../../src/liquid/esplora-client.ts';
import { shareTip, TIP_SHARED_MS } from '../../src/liquid/shared-tip.ts';

/** A source whose tip is what the test says, or that is away. */
function movableSource() {
  const at = { tip: 100, away: false, asked: 0, ms: 0 };
  const tipHeight = async () => {
    at.asked++;
    if (at.away) throw new Error('away');
    return at.tip;
  };
  const source: ChainSource = { ...esploraClient({ http: httpCall }, { name: 'far', url: 'http://127.0.0.1:1' }), tipHeight };
  return { at, shared: shareTip(source, () => at.ms) };
}

test('looks of a quarter of a second read the tip once, and the next look reads it anew', async () => {
  const { at, shared } = movableSource();
  expect(await Promise.all([shared.tipHeight(), shared.tipHeight()])).toEqual([100, 100]);
  at.tip = 101;
  at.ms = TIP_SHARED_MS;
  expect(await shared.tipHeight()).toBe(100);
  expect(at.asked).toBe(1);
  at.ms = TIP_SHARED_MS + 1;
  expect(await shared.tipHeight()).toBe(101);
});

test('that the source could not say is told to those who asked together, and forgotten at once', async () => {
  const { at, shared } = movableSource();
  at.away = true;
  const asked = await Promise.allSettled([shared.tipHeight(), shared.tipHeight()]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(at.asked).toBe(1);
  at.away = false;
  expect(await shared.tipHeight()).toBe(100);
});
