import { SECOND_MS } from '../../src/lib/time.ts';

/** How the shopper pays an invoice: in how many parts, how many of them really come, and when. */
export type Behaviour = { readonly parts: 1 | 2; readonly sentParts: 1 | 2; readonly delayMs: number };

/** TABLE: the behaviours without a number. */
const BEHAVIOURS: { readonly [name: string]: Behaviour } = {
  pay: { parts: 1, sentParts: 1, delayMs: 0 },
  in_parts: { parts: 2, sentParts: 2, delayMs: 0 },
  one_part_only: { parts: 2, sentParts: 1, delayMs: 0 },
};
/** `pay_after_s:N`: as `pay`, N seconds of the sandbox's time later (up to about 115 days). */
const PAY_LATER = /^pay_after_s:(\d{1,7})$/;

export const BEHAVIOUR_NAMES = 'pay, pay_after_s:N, in_parts or one_part_only';

/** Null when there is no such behaviour; absent means `pay`. */
export function parseBehaviour(value: unknown): Behaviour | null {
  if (value === undefined || value === null) return parseBehaviour('pay');
  if (typeof value !== 'string') return null;
  const seconds = PAY_LATER.exec(value)?.[1];
  if (seconds !== undefined) return { parts: 1, sentParts: 1, delayMs: Number(seconds) * SECOND_MS };
  return Object.hasOwn(BEHAVIOURS, value) ? (BEHAVIOURS[value] ?? null) : null;
}

/** Splits an amount (millisatoshis) in the parts that are sent, the first one rounded down: together exactly the amount when all are sent. */
export function partAmounts(amountMsat: bigint, { parts, sentParts }: Behaviour): readonly bigint[] {
  if (parts === 1) return [amountMsat];
  const first = amountMsat / 2n;
  return [first, amountMsat - first].slice(0, sentParts);
}
