import type { RawJson } from '../src/lib/json.ts';
import { jsonNumber } from '../src/lib/json.ts';

/** `49.99` as a JSON number with exactly these digits; `5.00` prints as `5`, as the documented examples do. */
export function fiatNumber(text: string): RawJson {
  return jsonNumber(text.includes('.') ? text.replace(/\.?0+$/, '') : text);
}

/** The documented statuses: what is only detected is still pending. */
export function restStatus(status: 'PENDING' | 'DETECTED' | 'PAID' | 'EXPIRED'): 'pending' | 'paid' | 'expired' {
  if (status === 'PAID') return 'paid';
  return status === 'EXPIRED' ? 'expired' : 'pending';
}
