import { fromHex } from '../../src/lib/bytes.ts';
import { ProviderError } from './provider-error.ts';

/** A JSON object from outside: nothing is known about its values. */
export type Fields = { readonly [name: string]: unknown };

export function fieldsOf(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return {};
  return { ...body };
}

/** @throws ProviderError with the API's text when the value is of another type. Null counts as absent. */
export function optionalString(fields: Fields, name: string): string | null {
  const value = fields[name] ?? null;
  if (value !== null && typeof value !== 'string') throw new ProviderError(`invalid parameter: ${name}`);
  return value;
}

export function requiredString(fields: Fields, name: string): string {
  const value = optionalString(fields, name);
  if (value === null) throw new ProviderError(`undefined parameter: ${name}`);
  return value;
}

export function optionalNumber(fields: Fields, name: string): number | null {
  const value = fields[name] ?? null;
  if (value !== null && typeof value !== 'number') throw new ProviderError(`invalid parameter: ${name}`);
  return value;
}

export function optionalHex(fields: Fields, name: string): Uint8Array | null {
  const text = optionalString(fields, name);
  if (text === null) return null;
  try {
    return fromHex(text);
  } catch {
    throw new ProviderError(`could not parse hex string: ${name}`);
  }
}

export function requiredHex(fields: Fields, name: string): Uint8Array {
  const bytes = optionalHex(fields, name);
  if (bytes === null) throw new ProviderError(`undefined parameter: ${name}`);
  return bytes;
}
