import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { apiKeyHint, looksLikeApiKey, makeApiKey } from '../../src/accounts/api-key.ts';
import { newId, parsePaymentId } from '../../src/lib/ids.ts';
import { redact } from '../../src/lib/log.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';

test('a secret prints nowhere', () => {
  const secret = new Secret('hunter2');
  const prints = [JSON.stringify({ secret }), String(secret), `${secret}`, inspect(secret), inspect({ deep: { secret } })];
  for (const print of prints) expect(print).not.toContain('hunter2');
});

test('logs cut out what looks like a key, a descriptor or an invoice', () => {
  const key = makeApiKey('secret', 'live', systemRandom).reveal();
  const line = redact(`{"a":"${key}","b":"ct(slip77(aa),elsh(wpkh(x)))","c":"lnbcrt${'q'.repeat(100)}"}`);
  expect(line).toBe('{"a":"[secret]","b":"[secret]","c":"[secret]"}');
});

test('sealed bytes open only where they were sealed', () => {
  const sealer = makeSealer(new Secret(systemRandom(32)), systemRandom);
  const place = { table: 'Swap', row: 'swp_1', column: 'claimTxSealed' };
  const sealed = sealer.seal(place, Buffer.from('claim'));
  expect(Buffer.from(sealer.open(place, sealed)).toString()).toBe('claim');
  for (const other of [{ row: 'swp_2' }, { table: 'Account' }, { column: 'responseSealed' }]) {
    expect(() => sealer.open({ ...place, ...other }, sealed)).toThrow();
  }
  sealed[sealed.length - 1] = (sealed[sealed.length - 1] ?? 0) ^ 1;
  expect(() => sealer.open(place, sealed)).toThrow();
});

test('keys say what they are, carry a checksum, and a changed letter is noticed', () => {
  for (const [kind, mode, prefix] of [
    ['secret', 'live', 'ak_live_'],
    ['secret', 'test', 'ak_test_'],
    ['publishable', 'live', 'ak_pub_'],
    ['publishable', 'test', 'ak_pub_test_'],
  ] as const) {
    const key = makeApiKey(kind, mode, systemRandom);
    const text = key.reveal();
    expect(text).toMatch(new RegExp(`^${prefix}[0-9A-Za-z]{33}$`));
    expect(looksLikeApiKey(text)).toBe(true);
    const last = text.endsWith('a') ? 'b' : 'a';
    expect(looksLikeApiKey(text.slice(0, -1) + last)).toBe(false);
    expect(apiKeyHint(key)).toBe(`${prefix}…${text.slice(-4)}`);
  }
});

test('ten thousand ids are all different, and each parses', () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => newId(systemRandom, 'payment')));
  expect(ids.size).toBe(10_000);
  for (const id of ids) expect(parsePaymentId(id).ok).toBe(true);
});

test.each([
  '',
  'pmt_',
  'pmt_abc',
  'PMT_00000000000000000000000000',
  'lnk_00000000000000000000000000',
  'pmt_0000000000000000000000000l',
  7,
  null,
])('%s is not a payment id, and is answered as not found', (text) => {
  expect(parsePaymentId(text)).toMatchObject({ ok: false, error: { kind: 'not-found', message: 'Payment not found' } });
});
