import type { Words } from '../../web/words/words.ts';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { readableColour } from '../../web/checkout/colour.ts';
import { fill } from '../../web/words/fill.ts';
import { LANGUAGES } from '../../web/words/languages.ts';

const [ENGLISH] = LANGUAGES;
const CURRENCY_LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt-BR', 'da', 'ja', 'nl'];
/** Texts that are rightly the same in another language. */
const NAMES =
  /^(?:Lightning|Liquid \(L-BTC\)|Total|Transaction|Receipt|In bitcoin|Reference|[^a-z]*)$|^\{amount\} (?:sats|·)|^1 BTC|^\{title\}|^Sandbox/;

const textsOf = (words: object, at = ''): [string, string][] =>
  Object.entries(words).flatMap(([name, text]) =>
    typeof text === 'string' ? [[`${at}${name}`, text] as [string, string]] : textsOf(text, `${at}${name}.`),
  );
const valuesOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
const texts = (code: string) => {
  const language = LANGUAGES.find((one) => one.code === code) ?? ENGLISH;
  return [...textsOf(language.page, 'page.'), ...textsOf(language.still, 'still.')];
};
const english = new Map(texts('en'));

test('the nine currencies’ main languages and one from right to left are there', () => {
  expect(LANGUAGES.filter(({ direction }) => direction === 'ltr').map(({ code }) => code)).toEqual(CURRENCY_LANGUAGES);
  expect(LANGUAGES.filter(({ direction }) => direction === 'rtl').map(({ code }) => code)).toEqual(['he']);
});

test('a word without its value does not compile', () => {
  expectTypeOf<'Zahlung an {merchant}'>().toExtend<Words['payTo']>();
  expectTypeOf<'Zahlung'>().not.toExtend<Words['payTo']>();
  expectTypeOf<'{received} von {due}'>().toExtend<Words['partialText']>();
  expectTypeOf<'{due} von uns'>().not.toExtend<Words['partialText']>();
  expectTypeOf<readonly ['a', 'b']>().not.toExtend<Words['steps']>();
  expect(english.size).toBeGreaterThan(100);
});

describe.each(LANGUAGES.map(({ code }) => code))('the words in %s', (code) => {
  test('hold the same values as the English ones, each once', () => {
    for (const [name, text] of texts(code)) expect([name, valuesOf(text)]).toEqual([name, valuesOf(english.get(name) ?? '')]);
  });

  test('are all there, and none is still English', () => {
    const same = texts(code).filter(([name, text]) => code !== 'en' && text === english.get(name) && !NAMES.test(text));
    expect(same).toEqual([]);
    expect(
      texts(code)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...english.keys()].sort());
    expect(texts(code).filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  test('raise no voice', () => {
    for (const [name, text] of texts(code)) expect([name, text.includes('!')]).toEqual([name, false]);
  });
});

test('every value in a text from right to left is kept from turning the words around it', () => {
  for (const [name, text] of texts('he')) {
    const open = text.replace(/\u2068[^\u2069]*\u2069/g, '');
    expect([name, valuesOf(open)]).toEqual([name, []]);
  }
});

test('a value that looks like a name is not filled in again', () => {
  expect(fill('{amount} to {merchant}', { amount: '{merchant}', merchant: '{amount}$&' })).toBe('{merchant} to {amount}$&');
  expect(fill('{left} {constructor}', {})).toBe('{left} {constructor}');
});

test.each([
  ['#e65c00', '#000000'],
  ['#123456', '#ffffff'],
  ['#FFFFFF', '#000000'],
  ['#000000', '#ffffff'],
  ['#767676', '#000000'],
])('on the colour %s the ink is %s', (paper, ink) => {
  expect(readableColour(paper)).toEqual({ paper, ink });
});

test.each([null, '', 'red', '#12345', '#1234567', 'url(#x)', '#12345g', 'x#123456'])('%s is no colour', (text) => {
  expect(readableColour(text)).toBeNull();
});
