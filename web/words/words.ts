/** The types of the word tables: a language that misses a word, or a value in it, does not compile. Types only. */
import type { ENGLISH_PAGE, ENGLISH_STILL } from './en.ts';

/** What the page of a payment says; sent to the browser, in the chosen language alone. */
export type Words = Alike<typeof ENGLISH_PAGE>;
/** What only the server says. */
export type StillWords = Alike<typeof ENGLISH_STILL>;

export type Language = {
  /** BCP 47, as the `lang` attribute and `Intl` take it. */
  readonly code: string;
  readonly direction: 'ltr' | 'rtl';
  readonly page: Words;
  readonly still: StillWords;
};

/** The same names, lists of the same length, and in each text the same `{values}`, in any order. */
type Alike<T> = { readonly [Name in keyof T]: T[Name] extends string ? TextWith<Values<T[Name]>> : Alike<T[Name]> };
type Values<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Values<Rest> : never;
/** The inference from a union of functions gives what all of them take: a text with every value. */
type TextWith<Name extends string> = [Name] extends [never]
  ? string
  : (Name extends string ? (text: `${string}{${Name}}${string}`) => void : never) extends (text: infer Text) => void
    ? Text
    : never;
