import type { Response } from 'express';
import type { Refusal, RefusalKind } from '../src/lib/refusal.ts';

/** TABLE: refusal kind -> HTTP status. Total: a new kind does not compile until REST answers it. */
export const HTTP_STATUS: { readonly [Kind in RefusalKind]: number } = {
  invalid: 400,
  unauthenticated: 401,
  'payment-required': 402,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'rate-limited': 429,
  unavailable: 503,
};

export type Problem = { readonly status: number; readonly message: string; readonly code: string; readonly retryAfterSeconds?: number };

export const UNEXPECTED: Problem = {
  status: 500,
  code: 'unexpected',
  message: 'Something went wrong on our side — please retry; nothing was lost',
};

/** Every error body of the API: the documented `error` text first, then what programs and support need. */
export function sendProblem(response: Response, problem: Problem, requestId: string): void {
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="AvoPay"');
  if (problem.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(problem.retryAfterSeconds));
  response.status(problem.status).json({ error: problem.message, code: problem.code, request_id: requestId });
}

export function problemOf(refusal: Refusal): Problem {
  const { retryAfterSeconds } = refusal;
  return {
    status: HTTP_STATUS[refusal.kind],
    message: refusal.message,
    code: refusal.code,
    ...(retryAfterSeconds !== undefined ? { retryAfterSeconds } : {}),
  };
}
