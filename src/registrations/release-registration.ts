import type { NewEvent } from '../events/event.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { HeldPayment } from './registration-store.ts';
import type { PaidOwner } from './paid-account-store.ts';
import type { Registration } from './registration.ts';
import type { SettleDeps } from './settle-registration.ts';
import { recordAudit } from '../events/audit-store.ts';
import { fromHex } from '../lib/bytes.ts';
import { sats } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { findHeldPayments, lockRegistration, releaseHeld } from './registration-store.ts';

export type ReleaseRegistrationDeps = Pick<SettleDeps, 'findOwner' | 'openAccount' | 'payPeriod' | 'hasPeriodOf'> & {
  readonly database: Database;
  readonly now: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
};
export type Released = { readonly accountId: string; readonly periods: number; readonly isNew: boolean };

const UNKNOWN: Refusal = { kind: 'not-found', code: 'registration_not_found', message: 'there is no registration of this name' };
const NOT_HELD: Refusal = { kind: 'conflict', code: 'registration_not_held', message: 'this registration is not held' };
const CLOSED: Refusal = {
  kind: 'conflict',
  code: 'account_closed',
  message: 'the account of this address is closed: pay the sender back by hand',
};
const SUBJECT = /^[0-9a-f]{64}$/;

/**
 * The operator gives what was paid to the account that has the address, after finding out with its owner: each payment buys its period. Who
 * registered is handed no key for it, since the password was another one: the owner signs in. Where the address has no account by now, one
 * begins, with the key for the next poll, as if it had been paid first.
 */
export async function releaseRegistration(deps: ReleaseRegistrationDeps, subjectId: string): Promise<Result<Released, Refusal>> {
  if (!SUBJECT.test(subjectId)) return refuse(UNKNOWN);
  const released = await deps.database.transact((tx) => release(deps, tx, subjectId));
  if (released.ok) deps.log.info({ subjectId, ...released.value }, 'held registration released');
  return released;
}

/** Lock order: registration, account, event. */
async function release(deps: ReleaseRegistrationDeps, tx: Tx, subjectId: string): Promise<Result<Released, Refusal>> {
  const registration = await lockRegistration(tx, new Uint8Array(fromHex(subjectId)));
  if (!registration) return refuse(UNKNOWN);
  if (registration.status !== 'held') return refuse(NOT_HELD);
  const owner = await deps.findOwner(tx, registration.email);
  if (owner && !owner.isActive) return refuse(CLOSED);
  const at = deps.now();
  const { email, passwordHash } = registration;
  const accountId = owner?.accountId ?? (await deps.openAccount(tx, { email, passwordHash, at }));
  const payments = await findHeldPayments(tx, subjectId);
  const periods = await payPeriods(deps, tx, { registration, accountId, payments, at });
  await record(deps, tx, { registration, subjectId, accountId, owner, at, operatorId: payments[0]?.operatorId ?? null });
  return ok({ accountId, periods, isNew: owner === null });
}

type Payments = { registration: Registration; accountId: string; payments: readonly HeldPayment[]; at: Date };

async function payPeriods(deps: ReleaseRegistrationDeps, tx: Tx, { registration, accountId, payments, at }: Payments): Promise<number> {
  let periods = 0;
  for (const { swapId, sats: paid } of payments) {
    if (await deps.hasPeriodOf(tx, swapId)) continue; // the trail tells of a payment that was looked at twice once more
    const { plan, usdMinor } = registration;
    await deps.payPeriod(tx, { accountId, plan, usdMinor, sats: sats(paid), swapId, createdAt: at });
    periods += 1;
  }
  return periods;
}

type Release = {
  readonly registration: Registration;
  readonly subjectId: string;
  readonly accountId: string;
  readonly owner: PaidOwner | null;
  readonly operatorId: string | null;
  readonly at: Date;
};

async function record(deps: ReleaseRegistrationDeps, tx: Tx, release: Release): Promise<void> {
  const { registration, subjectId, accountId, owner, operatorId, at } = release;
  const apiKeyId = owner ? `withheld:${subjectId}` : null; // no poll mints a key where this stands
  if (!(await releaseHeld(tx, registration.idHash, { accountId, apiKeyId, activatedAt: at })))
    throw new Error('a registration changed under its own lock');
  const facts = { accountId, plan: registration.plan };
  await recordAudit(tx, deps.random, { accountId, actor: 'operator', action: 'registration.released', subjectId, facts, at });
  if (operatorId === null) return;
  const event = { type: 'registration.active', subjectId, subjectVersion: 1, facts, webhookBody: null, at } as const;
  await deps.recordEvent(tx, { ...event, accountId: operatorId });
}
