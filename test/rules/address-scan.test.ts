import type { ChainSource } from '../../src/liquid/chain-source.ts';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/lib/bytes.ts';
import { ChainSourceFault } from '../../src/liquid/chain-source.ts';
import { deriveScript } from '../../src/wallets/derive-address.ts';
import { usedUpTo } from '../../src/wallets/scan-chain.ts';
import { aquaDescriptor, parsed } from '../support/wallets.ts';

describe('the scan of a wallet', () => {
  const descriptor = parsed(aquaDescriptor());
  /** A chain that has seen these indices of the descriptor. */
  function source(used: readonly number[], failures: () => boolean = () => false): ChainSource & { asked: number } {
    const scripts = new Set(used.map((index) => toHex(deriveScript(descriptor, index))));
    const chain = {
      name: 'in memory',
      asked: 0,
      scriptTransactions: async (script: Uint8Array) => {
        chain.asked += 1;
        if (failures()) throw new ChainSourceFault('in memory', 'busy');
        return scripts.has(toHex(script)) ? [{ txid: '00'.repeat(32), height: null }] : [];
      },
    };
    return chain as unknown as ChainSource & { asked: number }; // the scan asks nothing else
  }
  const scan = (...chains: ChainSource[]) => usedUpTo({ chains, wait: async () => {} }, descriptor);

  test('D-7: finds the last used address, through gaps that wallets bridge', async () => {
    expect(await scan(source([]))).toBe(-1);
    expect(await scan(source([0]))).toBe(0);
    expect(await scan(source([0, 3, 20, 40, 60]))).toBe(60);
    expect(await scan(source([20]))).toBe(20);
  });

  test('bridges twenty unused addresses, wherever they begin', async () => {
    for (const first of [0, 1, 2, 3]) expect(await scan(source([first, first + 21]))).toBe(first + 21);
  });

  test('stops after twenty-one unused in a row', async () => {
    const chain = source([2]);
    expect(await scan(chain)).toBe(2);
    expect(chain.asked).toBeLessThanOrEqual(27);
    expect(await scan(source([2, 60]))).toBe(2);
  });

  test('asks the next source, and again, when one is busy', async () => {
    expect(
      await scan(
        source([], () => true),
        source([5]),
      ),
    ).toBe(5);
    let asked = 0;
    expect(await scan(source([5], () => ++asked % 2 === 1))).toBe(5);
  });

  test('is unknown when no source answers', async () => {
    await expect(scan(source([5], () => true))).rejects.toThrow(ChainSourceFault);
    await expect(scan()).rejects.toThrow(ChainSourceFault);
  });
});
