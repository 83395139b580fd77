import type { RecoveryRecord } from '../../src/swaps/recovery-record.ts';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { openRecord, RECORD_BYTES_MAX, recoveryKey, sealRecord } from '../../src/swaps/recovery-record.ts';

const key = recoveryKey(new Secret(new Uint8Array(64).fill(7)));
const place = { claimPublicKey: new Uint8Array(33).fill(2), preimageHash: new Uint8Array(32).fill(9) };
const record: RecoveryRecord = {
  ...{ swapId: `swp_${'0'.repeat(26)}`, accountId: `acc_${'1'.repeat(26)}`, subject: 'payment', subjectId: `pmt_${'2'.repeat(26)}` },
  ...{ attempt: 1_000, provider: 'sandbox', key: { era: 3, index: 2_147_483_647 }, invoiceSats: 2_100_000_000_000_000n, floorSats: 998n },
  ...{ createdAt: new Date('2026-05-15T14:08:00.000Z'), expiresAt: new Date('2026-05-15T14:18:00.000Z') },
  ...{ fiat: { currency: 'EUR', minor: 4_999n }, descriptor: new Secret(`ct(slip77(${'a'.repeat(490)}`), nextAddressIndex: 2_147_483_647 },
};
const sealed = () => sealRecord({ key, random: systemRandom }, place, record);

describe('a recovery record', () => {
  test('comes back whole, for the longest descriptor within what providers store', () => {
    const hex = sealed();
    expect(hex.length / 2).toBeLessThanOrEqual(RECORD_BYTES_MAX);
    const opened = openRecord(key, place, hex);
    expect(opened).toEqual(record);
    expect(opened?.descriptor.reveal()).toBe(record.descriptor.reveal());
  });

  test('opens for no other swap, under no other seed, and not when one bit of it was changed', () => {
    const hex = sealed();
    expect(openRecord(key, { ...place, preimageHash: new Uint8Array(32) }, hex)).toBeNull();
    expect(openRecord(key, { ...place, claimPublicKey: new Uint8Array(33).fill(3) }, hex)).toBeNull();
    expect(openRecord(recoveryKey(new Secret(new Uint8Array(64).fill(8))), place, hex)).toBeNull();
    const bytes = Buffer.from(hex, 'hex');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(openRecord(key, place, changed.toString('hex')), `byte ${at}`).toBeNull();
    }
    for (const other of ['', 'zz', '01', hex.slice(0, 40), hex.toUpperCase()]) expect(openRecord(key, place, other)).toBeNull();
  });

  test('shows nothing of the wallet or the payment, and is never the same twice', () => {
    const text = Buffer.from(sealed(), 'hex').toString('latin1');
    for (const word of ['slip77', 'pmt_', 'acc_', 'EUR']) expect(text).not.toContain(word);
    expect(sealed()).not.toBe(sealed());
  });
});
