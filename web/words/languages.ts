import type { Language } from './words.ts';
import { DANISH } from './da.ts';
import { GERMAN } from './de.ts';
import { ENGLISH } from './en.ts';
import { SPANISH } from './es.ts';
import { FRENCH } from './fr.ts';
import { HEBREW } from './he.ts';
import { ITALIAN } from './it.ts';
import { JAPANESE } from './ja.ts';
import { DUTCH } from './nl.ts';
import { BRAZILIAN } from './pt-br.ts';

/** TABLE: the languages of the pages. The first is used when the browser asks for none of them. Only the server knows the table. */
export const LANGUAGES: readonly [Language, ...Language[]] = [
  ENGLISH,
  GERMAN,
  FRENCH,
  SPANISH,
  ITALIAN,
  BRAZILIAN,
  DANISH,
  JAPANESE,
  DUTCH,
  HEBREW,
];

/** The first language that we have, in the order of preference of an Accept-Language header. Regions do not matter: pt is pt-BR here. */
export function pickLanguage(accepted: string): Language {
  const wanted = accepted
    .split(',')
    .map((part) => part.trim().split(';'))
    .map(([tag = '', weight = '']) => ({ base: baseOf(tag), weight: qualityOf(weight) }))
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight);
  for (const { base } of wanted) {
    const found = LANGUAGES.find(({ code }) => baseOf(code) === base);
    if (found) return found;
  }
  return LANGUAGES[0];
}

/** The codes that browsers of long ago still send for the same languages. */
const OLD_CODES: { readonly [base: string]: string } = { iw: 'he' };

function baseOf(tag: string): string {
  const base = tag.toLowerCase().split('-')[0] ?? '';
  return OLD_CODES[base] ?? base;
}

function qualityOf(weight: string): number {
  const match = /^\s*q=([0-9.]+)\s*$/.exec(weight);
  return match ? Number(match[1]) : 1;
}
