import type { Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

export type FailureMail = Readonly<{
  id: string;
  accountId: string;
  endpointId: string;
  url: string;
  eventId: string;
  deliveryId: string;
  at: Date;
}>;

/** What the sender of mails calls it. */
export const FAILURE_MAIL_TEMPLATE = 'webhook_failed';

/**
 * Tells the account's owner that an event was given up, at most once a day (UTC) for one endpoint. Only the host is named: addresses of
 * receivers often carry a secret in their path.
 */
export async function queueFailureMail(tx: Tx, mail: FailureMail): Promise<void> {
  const { id, accountId, endpointId, eventId, deliveryId, at } = mail;
  const owner = await inTx(tx).user.findFirst({ where: { accountId }, orderBy: { createdAt: 'asc' }, select: { email: true } });
  if (!owner) return; // an account without a person reads its deliveries over the API
  const dedupeKey = `webhook-failed:${endpointId}:${at.toISOString().slice(0, 10)}`;
  const facts = { endpointId, eventId, deliveryId, host: new URL(mail.url).host };
  await inTx(tx).mailOutbox.createMany({
    data: [
      {
        id,
        dedupeKey,
        accountId,
        recipient: owner.email,
        template: FAILURE_MAIL_TEMPLATE,
        facts,
        attempts: 0,
        createdAt: at,
        nextAttemptAt: at,
      },
    ],
    skipDuplicates: true,
  });
}
