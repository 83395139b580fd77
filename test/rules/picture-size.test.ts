import { expect, test } from 'vitest';
import { parseLogoUpload } from '../../src/logos/logo.ts';
import { readPictureSize } from '../../src/logos/picture-size.ts';
import { animatedWebp, jpeg, png, refusedPictures, webp } from '../support/pictures.ts';

const PICTURES = { png: png(40, 30), jpeg: await jpeg(40, 30), webp: await webp(40, 30), animated: await animatedWebp(40, 30) };

test.each(Object.entries(PICTURES))('the size of a %s is read from its first bytes, and from no fewer', (_name, bytes) => {
  const size = { width: 40, height: 30 };
  expect(readPictureSize(bytes)).toEqual(size);
  const read = Array.from(bytes.keys(), (length) => readPictureSize(bytes.subarray(0, length)));
  const first = read.findIndex((found) => found !== null);
  expect(read.slice(0, first)).toEqual(Array.from({ length: first }, () => null));
  expect(read.slice(first)).toEqual(read.slice(first).map(() => size));
});

test('no byte that is changed in a picture makes reading its size fail', () => {
  for (const bytes of Object.values(PICTURES)) {
    for (let at = 0; at < Math.min(200, bytes.length); at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        const size = readPictureSize(changed);
        expect(size === null || size.width >= 0).toBe(true);
      }
    }
  }
});

test('a bomb is refused by what it says of itself, before anything of it is decoded', async () => {
  const bombs = Object.entries(await refusedPictures()).filter(([, { code }]) => code === 'logo_too_wide');
  expect(bombs.length).toBeGreaterThan(3);
  for (const [name, { bytes, code }] of bombs) {
    const answer = parseLogoUpload(bytes.toString('base64'));
    expect([name, answer.ok ? null : answer.error.code]).toEqual([name, code]);
  }
});
