import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { ok, refuse } from '../lib/result.ts';

/** A shop has a handful of addresses; each list is sent along and compared at every request. */
export const ORIGINS_MAX = 20;
/** A host name has at most 253 characters; scheme and port come on top. */
const ORIGIN_CHARS_MAX = 270;
const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

/** Whose list it is, in the words of the caller: `origins must be …`. */
export type OriginRules = { readonly field: string; readonly name: string; readonly allowHttp: boolean };

/**
 * A list of web origins, each as browsers send it: `https://shop.example`, with a port where there is one. Plain http only for this machine,
 * or where `allowHttp` says so. Pure.
 */
export function parseOrigins(value: unknown, { field, name, allowHttp }: OriginRules): Result<readonly string[], Refusal> {
  const message = `${name} must be a list of at most ${ORIGINS_MAX} web addresses such as https://shop.example, without a path`;
  const wrong = refuse<Refusal>({ kind: 'invalid', code: 'invalid_origins', message, field });
  if (!Array.isArray(value) || value.length > ORIGINS_MAX) return wrong;
  const origins = value.map((each: unknown) => originOf(each, allowHttp));
  return origins.every((origin) => origin !== null) ? ok([...new Set(origins)]) : wrong;
}

function originOf(value: unknown, allowHttp: boolean): string | null {
  if (typeof value !== 'string' || value.length > ORIGIN_CHARS_MAX || !URL.canParse(value)) return null;
  const url = new URL(value);
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isBare || /[*'";,\s]/.test(url.host)) return null; // what else could stand in a header stands for nothing here
  const isAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && (allowHttp || LOCAL.includes(url.hostname)));
  return isAllowed ? url.origin : null;
}
