import { DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/time.ts';

/** TABLE: what can be used once, and for how long. */
export const TOKEN_LIFE_MS = {
  /** People read their mail the next morning. */
  verify_email: DAY_MS,
  change_email: DAY_MS,
  /** It opens the account: as short as a slow mail server lets it be. */
  reset_password: HOUR_MS,
  /** Kept on paper for the day when the telephone is lost. */
  recovery_code: 10 * 365 * DAY_MS,
  /** The time to touch a key. */
  passkey_challenge: 5 * MINUTE_MS,
} as const;
export type TokenKind = keyof typeof TOKEN_LIFE_MS;

/** How a token's text becomes its stored hash: a token of one kind is worth nothing as another. */
export function tokenDomain(kind: TokenKind): string {
  return `one-time ${kind}`;
}
