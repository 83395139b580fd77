import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base32Id } from '../../src/lib/ids.ts';
import { inBulk } from '../../src/lib/random.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

test('an id writes the low 130 bits of its bytes, the lowest five first', () => {
  const byte17 = fc.uint8Array({ minLength: 17, maxLength: 40 });
  fc.assert(
    fc.property(byte17, (bytes) => {
      let number = bytes.subarray(0, 17).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
      let expected = 'evt_';
      for (let i = 0; i < 26; i++, number /= 32n) expected += ALPHABET[Number(number % 32n)];
      expect(base32Id('evt_', bytes)).toBe(expected);
    }),
  );
});

test('bytes that are drawn in bulk are those of the source, in its order, each handed out once', () => {
  let next = 0;
  let draws = 0;
  const random = inBulk((size) => {
    draws += 1;
    return Uint8Array.from({ length: size }, () => next++ % 251);
  });
  const taken = Array.from({ length: 240 }, () => [...random(17)]).flat();
  expect(taken).toEqual(Array.from({ length: 240 * 17 }, (_, at) => at % 251));
  expect(draws).toBe(1);
  expect(random(17)).not.toEqual(random(17));
  expect(random(10_000)).toHaveLength(10_000);
});
