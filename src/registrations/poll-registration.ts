import type { PlanInvoiceDeps } from '../billing/plan-invoice.ts';
import type { Tx } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Secret } from '../lib/secret.ts';
import type { Clock } from '../lib/time.ts';
import type { LightningBackend, ShownInvoice } from '../swaps/lightning.ts';
import type { Registration, RegistrationView } from './registration.ts';
import { openPlanInvoice } from '../billing/plan-invoice.ts';
import { ok, refuse } from '../lib/result.ts';
import { hashRegistrationId } from './register.ts';
import { registrationSubject } from './registration.ts';

export type PollDeps = Omit<PlanInvoiceDeps, 'lightning'> & {
  readonly now: Clock;
  readonly log: Log;
  readonly hash: Sealer['hash'];
  readonly lightning: Pick<LightningBackend, 'open' | 'history'>;
  readonly find: (idHash: Uint8Array<ArrayBuffer>) => Promise<Registration | null>;
  readonly takeNextAttempt: (registration: Registration) => Promise<boolean>;
  /** Undoes `takeNextAttempt` of the same registration, so that the next poll need not wait for nothing. */
  readonly giveBackAttempt: (registration: Registration) => Promise<void>;
  /** Makes the account's key and spends the registration's right to it, in one commit. Null: spent already. */
  readonly mintKey: (registration: Registration & { status: 'active' }) => Promise<Secret<string> | null>;
  /** Resolves after a moment. */
  readonly wait: (ms: number) => Promise<void>;
};

const ID = /^[0-9a-f]{64}$/;
/** Another poll is just issuing the next invoice: how long its answer is waited for. Longer than a provider is. */
const ISSUE_WAIT_MS = 250;
const ISSUE_WAITS_MAX = 40;

export const REGISTRATION_NOT_FOUND: Refusal = { kind: 'not-found', code: 'registration_not_found', message: 'Registration not found' };
const HELD = 'Payment received. This e-mail address has an account with another password: we look at it by hand — please contact support.';

/**
 * How a registration stands; the first answer after the payment hands over the key. Malformed, unknown and forgotten ids look the same. The
 * invoice shown is the current one: where the last has lapsed, the next is issued here, at the rate of the moment.
 */
export async function pollRegistration(deps: PollDeps, id: string): Promise<Result<RegistrationView, Refusal>> {
  const registration = await findById(deps, id);
  if (!registration) return refuse(REGISTRATION_NOT_FOUND);
  const common = { registrationId: id, plan: registration.plan };
  if (registration.status === 'active') {
    const apiKey = registration.apiKeyId === null ? await deps.mintKey(registration) : null;
    return ok({ ...common, status: 'active', apiKey });
  }
  const history = await deps.lightning.history(registrationSubject(registration.idHash));
  const current = isExpired(deps, registration, history) ? null : await currentInvoice(deps, registration, history);
  if (!current) return ok({ ...common, status: 'expired' });
  const { invoice, amountSats: sats, expiresAt: invoiceExpiresAt } = current;
  const message = registration.status === 'held' ? HELD : null;
  return ok({ ...common, status: 'pending', invoice, sats, invoiceExpiresAt, expiresAt: registration.expiresAt, message, termsUrl: null });
}

/** The same as a word, without any effect: for those who wait. Null when there is none of that id. */
export async function readRegistrationStatus(
  deps: Pick<PollDeps, 'now' | 'hash' | 'lightning' | 'find'>,
  id: string,
): Promise<RegistrationView['status'] | null> {
  const registration = await findById(deps, id);
  if (!registration || registration.status === 'active') return registration && 'active';
  return isExpired(deps, registration, await deps.lightning.history(registrationSubject(registration.idHash))) ? 'expired' : 'pending';
}

async function findById(deps: Pick<PollDeps, 'hash' | 'find'>, id: string): Promise<Registration | null> {
  return ID.test(id) ? deps.find(hashRegistrationId(deps.hash, id)) : null;
}

/** Over when its time is, unless money is on its way. */
function isExpired({ now }: Pick<PollDeps, 'now'>, { status, expiresAt }: Registration, history: readonly ShownInvoice[]): boolean {
  return status === 'pending' && expiresAt <= now() && !history.some(isPaying);
}

function isPaying({ state }: ShownInvoice): boolean {
  return state === 'held' || state === 'settled';
}

/** Null only for a registration that never had an invoice, which does not exist: both are one commit. */
async function currentInvoice(deps: PollDeps, registration: Registration, history: readonly ShownInvoice[]): Promise<ShownInvoice | null> {
  const paying = history.find(isPaying);
  const [newest] = history;
  if (paying || !newest || registration.status === 'held' || newest.expiresAt > deps.now()) return paying ?? newest ?? null;
  const issued = await nextInvoice(deps, registration, newest);
  if (!issued)
    deps.log.warn({ subjectId: registrationSubject(registration.idHash) }, 'the next invoice of a registration cannot be issued now');
  return issued ?? newest; // lapsed, as its time shows: the next poll tries again
}

/** One poll of all issues it, the others wait for it. One that never comes (its process died) is given up and the next one issued. */
async function nextInvoice(deps: PollDeps, registration: Registration, lapsed: ShownInvoice): Promise<ShownInvoice | null> {
  if (registration.version === lapsed.attempt && (await deps.takeNextAttempt(registration))) return issue(deps, registration);
  const awaited = await awaitNewer(deps, registration, lapsed);
  if (awaited) return awaited;
  const later = await deps.find(registration.idHash);
  return later?.status === 'pending' && (await deps.takeNextAttempt(later)) ? issue(deps, later) : null;
}

async function awaitNewer(deps: PollDeps, { idHash }: Registration, lapsed: ShownInvoice): Promise<ShownInvoice | null> {
  for (let waits = 0; waits < ISSUE_WAITS_MAX; waits++) {
    await deps.wait(ISSUE_WAIT_MS);
    const [newest] = await deps.lightning.history(registrationSubject(idHash));
    if (newest && newest.attempt > lapsed.attempt) return newest;
  }
  return null;
}

async function issue(deps: PollDeps, registration: Registration): Promise<ShownInvoice | null> {
  const { idHash, version, plan, usdMinor, expiresAt } = registration;
  const subjectId = registrationSubject(idHash);
  const attempt = version + 1;
  const order = { subject: 'registration', subjectId, attempt, plan, usdMinor, expiresAt } as const;
  const opened = await openPlanInvoice(deps, order, async (_tx: Tx) => {});
  if (!opened.ok) {
    await deps.giveBackAttempt(registration);
    return null;
  }
  const { sats: amountSats, opened: shown } = opened.value;
  return { attempt, invoice: shown.invoice, amountSats, expiresAt: shown.invoiceExpiresAt, state: 'open' };
}
