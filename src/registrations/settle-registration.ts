import type { Plan } from '../billing/plan.ts';
import type { NewPeriod } from '../billing/plan-period.ts';
import type { AuditEntry } from '../events/audit-store.ts';
import type { NewEvent } from '../events/event.ts';
import type { Tx } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Sats } from '../lib/money.ts';
import type { LightningProgress } from '../swaps/lightning.ts';
import type { PaidOwner } from './paid-account-store.ts';
import type { Registration } from './registration.ts';
import { hasPaid } from '../billing/pay-period.ts';
import { fromHex } from '../lib/bytes.ts';

export type SettleDeps = {
  readonly lock: (tx: Tx, idHash: Uint8Array<ArrayBuffer>) => Promise<Registration | null>;
  readonly end: (
    tx: Tx,
    idHash: Uint8Array<ArrayBuffer>,
    end: { readonly status: 'held' } | { readonly status: 'active'; readonly accountId: string; readonly activatedAt: Date },
  ) => Promise<boolean>;
  /** Whose address it is, told once everybody else who is just making an account for it has committed. */
  readonly findOwner: (tx: Tx, email: string) => Promise<PaidOwner | null>;
  readonly openAccount: (tx: Tx, owner: { email: string; passwordHash: string; at: Date }) => Promise<string>;
  readonly payPeriod: (tx: Tx, period: Omit<NewPeriod, 'id' | 'quoteId'>) => Promise<void>;
  /** Whether this swap has bought its period. */
  readonly hasPeriodOf: (tx: Tx, swapId: string) => Promise<boolean>;
  readonly claimArrived: (tx: Tx, swapId: string, at: Date) => Promise<void>;
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
  readonly recordAudit: (tx: Tx, entry: Omit<AuditEntry, 'id'>) => Promise<void>;
  readonly log: Log;
};

type Paid = { readonly swapId: string; readonly operatorId: string; readonly sats: Sats; readonly at: Date; readonly subjectId: string };

/**
 * Opens the account that a registration has paid for, inside the commit that moves its swap: whoever found the payment (socket, hint or
 * sweep), and whenever, it happens once. A second payment, of any of its invoices, buys another period: it is never dropped.
 */
export async function followRegistration(deps: SettleDeps, tx: Tx, progress: LightningProgress): Promise<void> {
  const { swapId, subjectId, at, accountId: operatorId } = progress;
  if (progress.kind === 'paid') await deps.claimArrived(tx, swapId, at);
  if (!hasPaid(progress)) return;
  const registration = await deps.lock(tx, fromHexId(subjectId));
  if (!registration) throw new Error(`no registration ${subjectId}`);
  if (await deps.hasPeriodOf(tx, swapId)) return;
  const paid: Paid = { swapId, operatorId, sats: progress.amountSats, at, subjectId };
  if (registration.status === 'active') return pay(deps, tx, { registration, accountId: registration.accountId, paid });
  const owner = registration.status === 'held' ? null : await deps.findOwner(tx, registration.email);
  if (registration.status === 'held' || (owner && !isSamePerson(owner, registration))) return hold(deps, tx, { registration, paid });
  const { email, passwordHash } = registration;
  const accountId = owner?.accountId ?? (await deps.openAccount(tx, { email, passwordHash, at }));
  await pay(deps, tx, { registration, accountId, paid });
  await end(deps, tx, registration, { status: 'active', accountId, activatedAt: at });
  await deps.recordEvent(tx, eventOf('registration.active', { paid, facts: { accountId, plan: registration.plan } }));
  deps.log.info({ accountId, subjectId }, 'registration active');
}

/**
 * Whether a lockup that is first seen now may be claimed. Any invoice of a registration may be paid, also after its time or a second time;
 * only one that waits for a human takes no more.
 */
export async function mayAcceptRegistration(deps: Pick<SettleDeps, 'lock'>, tx: Tx, subjectId: string): Promise<boolean> {
  const registration = await deps.lock(tx, fromHexId(subjectId));
  return registration !== null && registration.status !== 'held';
}

/** Equal hashes are equal passwords (register.ts). A second factor that was set up since is more than a password can answer; a closed account takes no more. */
function isSamePerson(owner: PaidOwner, { passwordHash }: Registration): boolean {
  return owner.passwordHash === passwordHash && !owner.hasSecondFactor && owner.isActive;
}

type Payment = {
  readonly registration: { readonly plan: Plan; readonly usdMinor: bigint };
  readonly accountId: string;
  readonly paid: Paid;
};

async function pay(deps: SettleDeps, tx: Tx, { registration, accountId, paid }: Payment): Promise<void> {
  const { plan, usdMinor } = registration;
  await deps.payPeriod(tx, { accountId, plan, usdMinor, sats: paid.sats, swapId: paid.swapId, createdAt: paid.at });
}

/** The money is the operator's, and the payer has nothing for it yet: a human must look. */
async function hold(deps: SettleDeps, tx: Tx, { registration, paid }: { registration: Registration; paid: Paid }): Promise<void> {
  const facts = { swapId: paid.swapId, sats: paid.sats.toString(), plan: registration.plan };
  const { operatorId: accountId, subjectId, at } = paid;
  await deps.recordAudit(tx, { accountId, actor: 'system', action: 'registration.held', subjectId, facts, at });
  deps.log.error({ subjectId, ...facts }, 'a registration was paid for an address that has an account with another password');
  if (registration.status === 'held') return;
  await end(deps, tx, registration, { status: 'held' });
  await deps.recordEvent(tx, eventOf('registration.held', { paid, facts }));
}

async function end(deps: SettleDeps, tx: Tx, { idHash }: Registration, how: Parameters<SettleDeps['end']>[2]): Promise<void> {
  if (!(await deps.end(tx, idHash, how))) throw new Error('a registration changed under its own lock');
}

/** Told to the operator's account: a registration has none of its own before it is paid. */
function eventOf(type: 'registration.active' | 'registration.held', { paid, facts }: { paid: Paid; facts: object }): NewEvent {
  const { operatorId: accountId, subjectId, at } = paid;
  return { accountId, type, subjectId, subjectVersion: 1, facts, webhookBody: null, at };
}

function fromHexId(subjectId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fromHex(subjectId));
}
