import { expect, test } from 'vitest';
import { clientAddress, networkOf } from '../../src/limits/client-address.ts';

const from = (remote: string | undefined, forwardedFor?: string, proxies = 0) => clientAddress({ remote, forwardedFor }, proxies);

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test.each(['', 'unknown', '_hidden', '1.2.3', '1.2.3.4.5', '256.1.1.1', 'localhost', ':::', '1.2.3.4%eth0'])('%j is no address', (text) => {
  expect(networkOf(text)).toBeNull();
});

test('without trusted proxies X-Forwarded-For is not read', () => {
  expect(from('203.0.113.7', '198.51.100.1')).toBe('203.0.113.7');
  expect(from('::ffff:203.0.113.7', '198.51.100.1, 10.0.0.1')).toBe('203.0.113.7');
});

test('X-3: each trusted proxy vouches for one hop, and for no more', () => {
  const header = '6.6.6.6, 198.51.100.1, 10.0.0.2';
  expect(from('10.0.0.1', header, 1)).toBe('10.0.0.2');
  expect(from('10.0.0.1', header, 2)).toBe('198.51.100.1');
  expect(from('10.0.0.1', '198.51.100.1:4711', 1)).toBe('198.51.100.1');
  expect(from('10.0.0.1', '[2001:db8:1:2::9]:4711', 1)).toBe('2001:db8:1:2::/64');
  expect(from('10.0.0.1', undefined, 1)).toBe('10.0.0.1');
  expect(from('10.0.0.1', '198.51.100.1', 5)).toBe('198.51.100.1');
});

test('a hop that names no address is counted as the one before it', () => {
  expect(from('10.0.0.1', '6.6.6.6, unknown', 2)).toBe('10.0.0.1');
  expect(from('10.0.0.1', '6.6.6.6, , 10.0.0.2', 3)).toBe('10.0.0.2');
  expect(from(undefined)).toBe('unknown');
});

test('what a client writes into the header never counts behind its proxy', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 1_000; i++) {
    const spoofed = `10.${i % 256}.${(i >> 8) % 256}.9`;
    seen.add(from('10.0.0.1', `${spoofed}, ${spoofed}, 198.51.100.1`, 1));
  }
  expect([...seen]).toEqual(['198.51.100.1']);
});
