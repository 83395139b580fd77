import type { KeyHolder } from './account-store.ts';
import { MINUTE_MS } from '../lib/time.ts';

/** A person who has signed in, by the cookie of one browser. */
export type SessionHolder = {
  readonly kind: 'session';
  readonly accountId: string;
  readonly userId: string;
  readonly sessionId: string;
  /** Pages show the live side unless they ask for the other. */
  readonly mode: 'live';
  /** When password, or second factor, were last shown. */
  readonly recentAt: Date;
};

/** Who calls: a program with a key, or a person with a session. */
export type Caller = KeyHolder | SessionHolder;

/** How long after the password was shown the dangerous changes may be made: long enough to find the form, short for a browser left open. */
export const RECENT_MS = 10 * MINUTE_MS;

export function isRecent({ recentAt }: SessionHolder, at: Date): boolean {
  return at.getTime() - recentAt.getTime() <= RECENT_MS;
}
