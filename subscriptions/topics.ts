import type { RecordedEvent } from '../src/events/event.ts';

/** TABLE: where changes are announced. */
export const topics = {
  subject: (id: string) => `subject:${id}`,
  account: (id: string) => `account:${id}`,
  deliveries: (accountId: string) => `deliveries:${accountId}`,
} as const;

/** The topics that an event concerns. */
export function topicsOf(event: Pick<RecordedEvent, 'accountId' | 'subjectId'>): readonly string[] {
  return [topics.subject(event.subjectId), topics.account(event.accountId)];
}
