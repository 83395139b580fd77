import type { Sats } from '../src/lib/money.ts';
import { isRawJson } from '../src/lib/json.ts';
import { sats } from '../src/lib/money.ts';
import { builder } from './builder.ts';

export type Scalars = {
  ID: { Input: string; Output: string };
  DateTime: { Input: Date; Output: Date };
  Sats: { Input: Sats; Output: bigint };
  FiatAmount: { Input: string; Output: string };
  AmountInput: { Input: unknown; Output: unknown };
  JSONObject: { Input: unknown; Output: unknown };
  URL: { Input: string; Output: string };
};

builder.scalarType('DateTime', {
  description: 'UTC time with milliseconds: 2026-05-15T14:23:00.000Z.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const at = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value) : null;
    if (!at || Number.isNaN(at.getTime())) throw new TypeError('a DateTime looks like 2026-05-15T14:23:00.000Z');
    return at;
  },
});

builder.scalarType('Sats', {
  description: 'Whole satoshis as a decimal string: "62341".',
  serialize: (value) => value.toString(),
  parseValue: (value) => {
    if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) throw new TypeError('Sats are a decimal string');
    return sats(BigInt(value));
  },
});

builder.scalarType('FiatAmount', {
  description: 'An amount of money as a decimal string: "49.99", "5000" for JPY.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string') throw new TypeError('a FiatAmount is a decimal string');
    return value;
  },
});

builder.scalarType('AmountInput', {
  description: 'A number, or a clean decimal string. Judged after authentication, so that a missing key is said before a wrong amount.',
  serialize: (value) => value,
  parseValue: (value) => (isRawJson(value) ? value.rawJSON : value),
});

builder.scalarType('JSONObject', {
  description: 'A JSON object; long numbers keep their digits.',
  serialize: (value) => value,
  parseValue: (value) => value,
});

builder.scalarType('URL', {
  description: 'An absolute address.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string') throw new TypeError('a URL is a string');
    return value;
  },
});
