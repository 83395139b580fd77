import type { AttemptResult } from './attempt-store.ts';
import type { EndpointSecrets } from './webhook-store.ts';
import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';
import { firstOf, statement } from '../lib/row-statements.ts';

/** A delivery that this worker owns until its lease ends, or until another takes it over (then `fence` has moved on). */
export type LeasedDelivery = Readonly<{
  id: string;
  accountId: string;
  endpointId: string;
  eventId: string;
  redelivery: number;
  attempts: number;
  fence: bigint;
}>;

export type DeliverySubject = Readonly<{
  endpoint: EndpointSecrets & Readonly<{ id: string; url: string }>;
  event: Readonly<{ id: string; type: string; sequence: bigint; createdAt: Date; body: string }>;
}>;

/** What to send and where. Null when the event has no body or the endpoint is gone: there is nothing to deliver. */
export async function readDeliverySubject(database: Database, leased: LeasedDelivery): Promise<DeliverySubject | null> {
  const { accountId, endpointId, eventId } = leased;
  return subjectOf(await firstOf(database.ask, readSubject(endpointId, eventId, accountId)), leased);
}

export type SubjectRow = Omit<DeliverySubject['endpoint'], 'id'> &
  Omit<DeliverySubject['event'], 'id' | 'body'> & { readonly body: string | null };
const readSubject = statement<SubjectRow>(`
  SELECT w."url", w."secretSealed", w."oldSecretSealed", w."oldSecretUntil", e."type", e."sequence", e."createdAt", e."webhookBody" AS "body"
  FROM "WebhookEndpoint" w CROSS JOIN "Event" e WHERE w."id" = $1 AND e."id" = $2 AND w."accountId" = $3 AND e."accountId" = $3`);

/** A row without columns says what no row says. */
export function subjectOf(
  row: SubjectRow | { readonly [Column in keyof SubjectRow]: null } | null,
  { endpointId, eventId }: Pick<LeasedDelivery, 'endpointId' | 'eventId'>,
): DeliverySubject | null {
  if (!row || row.body === null) return null;
  const { url, secretSealed, oldSecretSealed, oldSecretUntil, type, sequence, createdAt, body } = row;
  return {
    endpoint: { id: endpointId, url, secretSealed, oldSecretSealed, oldSecretUntil },
    event: { id: eventId, type, sequence, createdAt, body },
  };
}

export type DeliveryOutcome = Readonly<{ status: 'delivered' | 'exhausted' | 'cancelled' } | { status: 'pending'; nextAttemptAt: Date }>;

/**
 * Stores how an attempt ended and what follows; `ifExhausted` runs in the same commit when nothing follows any more. False when another worker
 * owns the delivery by now: a late result changes nothing. `endAttempts` does the same for what commits nothing else.
 */
export async function finishAttempt(
  database: Database,
  leased: LeasedDelivery,
  ended: { attempt: { id: string; result: AttemptResult } | null; outcome: DeliveryOutcome },
  ifExhausted: (tx: Tx) => Promise<void> = async () => {},
): Promise<boolean> {
  const { attempt, outcome } = ended;
  return database.transact(async (tx) => {
    const mine = { id: leased.id, accountId: leased.accountId, fence: leased.fence };
    // One that was called off while its POST ran has been delivered all the same, if the endpoint said so.
    const from = outcome.status === 'delivered' ? ['pending', 'cancelled'] : ['pending'];
    const owned = await inTx(tx).delivery.updateMany({
      where: { ...mine, status: { in: from } },
      data: { status: outcome.status, nextAttemptAt: outcome.status === 'pending' ? outcome.nextAttemptAt : null, leaseUntil: null },
    });
    const isMine = owned.count > 0 || (await inTx(tx).delivery.count({ where: { ...mine, status: 'cancelled' } })) > 0;
    if (!isMine) return false;
    if (attempt) await inTx(tx).attempt.update({ where: { id: attempt.id }, data: attempt.result });
    if (owned.count > 0 && outcome.status === 'exhausted') await ifExhausted(tx);
    return true;
  });
}
