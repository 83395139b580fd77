import type { SessionHolder } from '../src/accounts/caller.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Visitor } from '../src/sign-in/visitor.ts';
import type { RequestContext } from './context.ts';
import { accepted, RefusalError } from '../src/lib/refusal.ts';
import { SESSION_REQUIRED } from './audience.ts';

/** Who is signed in. For fields of `session` and `recent` alone. @throws RefusalError for everybody else */
export async function signedIn({ caller }: RequestContext): Promise<SessionHolder> {
  const holder = accepted(await caller());
  if (holder.kind !== 'session') throw new RefusalError(SESSION_REQUIRED);
  return holder;
}

export function visitorOf({ web, requestId }: RequestContext): Visitor {
  const { session, ip, userAgent } = web;
  return { session, ip, userAgent, requestId };
}

const NO_COOKIES: Refusal = { kind: 'invalid', code: 'sign_in_over_http', message: 'Sign in over HTTP — a socket cannot set a cookie' };

/** @throws RefusalError where a session could not be handed over */
export function needCookies({ web }: RequestContext): void {
  if (!web.keepsCookies) throw new RefusalError(NO_COOKIES);
}
