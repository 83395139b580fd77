import type { Database, Tx } from '../lib/database.ts';
import type { MailFacts, NewMail } from './mail.ts';
import { inTx } from '../lib/database.ts';
import { z } from 'zod';

export type DueMail = {
  readonly id: string;
  readonly recipient: string;
  readonly template: string;
  readonly facts: MailFacts;
  /** Tries so far, this one counted: whoever tries later has a higher number, and what this one says no longer counts. */
  readonly attempts: number;
};

const FACTS = z.record(z.string(), z.coerce.string());

/** Writes a mail in the commit of what it tells; the worker sends it afterwards. */
export async function queueMail(tx: Tx, { at, isDecoy = false, ...mail }: NewMail): Promise<void> {
  const data = { ...mail, attempts: 0, createdAt: at, nextAttemptAt: isDecoy ? null : at };
  await inTx(tx).mailOutbox.createMany({ data: [data], skipDuplicates: true });
}

/** Takes what is due for itself: until `leaseUntil` no other worker tries it. */
export async function takeDueMails(database: Database, at: Date, leaseUntil: Date, most: number): Promise<readonly DueMail[]> {
  const rows = await database.client.$queryRaw<(Omit<DueMail, 'facts'> & { readonly facts: unknown })[]>`
    UPDATE "MailOutbox" SET "attempts" = "attempts" + 1, "nextAttemptAt" = ${leaseUntil}
    WHERE "id" IN (
      SELECT "id" FROM "MailOutbox" WHERE "nextAttemptAt" <= ${at} ORDER BY "nextAttemptAt", "id" LIMIT ${most} FOR UPDATE SKIP LOCKED
    )
    RETURNING "id", "recipient", "template", "facts", "attempts"`;
  return rows.map((row) => ({ ...row, facts: FACTS.parse(row.facts) }));
}

export async function markSent(database: Database, mail: Pick<DueMail, 'id' | 'attempts'>, at: Date): Promise<void> {
  const { id, attempts } = mail;
  await database.client.mailOutbox.updateMany({ where: { id, attempts }, data: { sentAt: at, nextAttemptAt: null } });
}

/** @param next null: it is given up */
export async function postponeMail(database: Database, mail: Pick<DueMail, 'id' | 'attempts'>, next: Date | null): Promise<void> {
  const { id, attempts } = mail;
  await database.client.mailOutbox.updateMany({ where: { id, attempts, sentAt: null }, data: { nextAttemptAt: next } });
}

export type SentMail = Omit<DueMail, 'attempts'> & { readonly sentAt: Date };

/** The latest sent, oldest first. */
export async function listSentMails(database: Database, most: number): Promise<readonly SentMail[]> {
  const rows = await database.client.mailOutbox.findMany({
    where: { sentAt: { not: null } },
    orderBy: [{ sentAt: 'desc' }, { id: 'desc' }],
    take: most,
  });
  return rows
    .reverse()
    .flatMap(({ id, recipient, template, facts, sentAt }) =>
      sentAt ? [{ id, recipient, template, facts: FACTS.parse(facts), sentAt }] : [],
    );
}
