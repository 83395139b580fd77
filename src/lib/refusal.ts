import type { Result } from './result.ts';

/** TABLE: every way to say no. Closed; the transport maps each kind to its own status. Codes are open, snake_case, stable, never reused. */
export const REFUSAL_KINDS = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'payment-required',
  'not-found',
  'conflict',
  'gone',
  'rate-limited',
  'unavailable',
] as const;
export type RefusalKind = (typeof REFUSAL_KINDS)[number];

export type Refusal = {
  readonly kind: RefusalKind;
  readonly code: string;
  /** A plain sentence for the caller; it says what to do. */
  readonly message: string;
  /** The input field at fault, in camelCase, when there is one. */
  readonly field?: string;
  readonly retryAfterSeconds?: number;
};

/** What the database could not do in time was not done at all. */
export const SERVER_BUSY: Refusal = {
  kind: 'unavailable',
  code: 'server_busy',
  message: 'The server is busy — please retry; nothing was lost',
  retryAfterSeconds: 5,
};

/** Carries a returned refusal across code that only knows exceptions (GraphQL field errors). */
export class RefusalError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'RefusalError';
    this.refusal = refusal;
  }
}

/** Turns a returned refusal into the thrown one that the errors plugin maps to a union member. */
export function accepted<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new RefusalError(result.error);
  return result.value;
}
