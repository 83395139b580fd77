/** A number that JavaScript cannot hold, kept as its own JSON text. `JSON.stringify` prints it digit for digit. */
export type RawJson = { readonly rawJSON: string };

type ReviverContext = { readonly source?: string };
type ExactJson = {
  parse(text: string, reviver: (key: string, value: unknown, context: ReviverContext) => unknown): unknown;
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
};
/** TC39 "JSON.parse source text access": in Node 24, not yet in TypeScript's library. */
const EXACT = JSON as unknown as ExactJson;

/** A JSON number that prints exactly these digits. @throws SyntaxError when `text` is not a JSON number. */
export function jsonNumber(text: string): RawJson {
  return EXACT.rawJSON(text);
}

export function isRawJson(value: unknown): value is RawJson {
  return EXACT.isRawJSON(value);
}

/** Digits that a JavaScript number surely keeps. */
const SAFE_DIGITS = 15;

/** Parses JSON and keeps the digits of numbers that JavaScript would round. @throws SyntaxError */
export function parseJson(text: string): unknown {
  return EXACT.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || !/^-?\d+(?:\.\d+)?$/.test(source)) return value;
    const exact = source.replace(/\D/g, '').length <= SAFE_DIGITS || String(value) === source;
    return exact ? value : EXACT.rawJSON(source);
  });
}
