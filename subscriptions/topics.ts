import type { EventType, RecordedEvent } from '../src/events/event.ts';

/** TABLE: where changes are announced. */
export const topics = {
  subject: (id: string) => `subject:${id}`,
  account: (id: string) => `account:${id}`,
  deliveries: (accountId: string) => `deliveries:${accountId}`,
  /** Somebody's right to the account may have ended: a key was revoked or rotated, a session ended, or the account was closed or suspended. */
  access: (accountId: string) => `access:${accountId}`,
} as const;

/** TABLE: events that end somebody's right. */
const ACCESS_EVENTS: readonly string[] = [
  'key.rotated',
  'key.revoked',
  'account.closed',
  'account.suspended',
] satisfies readonly EventType[];

/** The topics that an event concerns. */
export function topicsOf(event: Pick<RecordedEvent, 'accountId' | 'subjectId' | 'type'>): readonly string[] {
  const { accountId, subjectId, type } = event;
  return [topics.subject(subjectId), topics.account(accountId), ...(ACCESS_EVENTS.includes(type) ? [topics.access(accountId)] : [])];
}
