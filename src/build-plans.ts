import type { PlanUseCases } from '../schema/plan-use-cases.ts';
import type { World } from './world.ts';
import type { NewPeriod } from './billing/plan-period.ts';
import type { NewEvent } from './events/event.ts';
import type { Database, Tx } from './lib/database.ts';
import type { Refusal } from './lib/refusal.ts';
import type { Result } from './lib/result.ts';
import type { Sealer } from './lib/sealed.ts';
import type { Charger } from './payments/create-payment.ts';
import type { CurrentRate } from './rates/current-rate.ts';
import type { LightningBackend, LightningProgress } from './swaps/lightning.ts';
import type { LightningDeps } from './swaps/make-lightning-backend.ts';
import type { Jobs } from './worker.ts';
import type { InsideCommit } from './payments/publishable-limits.ts';
import type { PaymentSource } from './payments/payment.ts';
import { findAccount, readAccount } from './accounts/account-store.ts';
import { hashPassword, verifyPassword } from './accounts/password.ts';
import { hasUser } from './accounts/user-store.ts';
import { mayCharge, planState } from './billing/may-charge.ts';
import { findOpenPaymentEnds } from './billing/open-payments-store.ts';
import { findOrMakeOperator } from './billing/operator-store.ts';
import { makeOperator } from './billing/operator.ts';
import { followRenewal, mayAcceptRenewal, payNewPeriod } from './billing/pay-period.ts';
import { findOpenPeriod, insertOpenPeriod, listPeriods } from './billing/plan-period-store.ts';
import { readPlanPrices, readPlanStatus } from './billing/plan-status.ts';
import { remindOfPlans } from './billing/remind.ts';
import { findEndingPlans, queueReminders } from './billing/reminder-store.ts';
import { renewPlan } from './billing/renew-plan.ts';
import { recordAudit } from './events/audit-store.ts';
import { every } from './every.ts';
import { base32Id, ID_PREFIXES, newId } from './lib/ids.ts';
import { ok } from './lib/result.ts';
import { MINUTE_MS, pause } from './lib/time.ts';
import { insertQuote } from './rates/quote-store.ts';
import { mintRegistrationKey, openPaidAccount } from './registrations/open-paid-account.ts';
import { findOwner, hasPeriodOf } from './registrations/paid-account-store.ts';
import { pollRegistration, readRegistrationStatus } from './registrations/poll-registration.ts';
import { purgeRegistrations } from './registrations/purge-registrations.ts';
import { hashRegistrationId, register } from './registrations/register.ts';
import {
  deleteRegistration,
  endRegistration,
  findPendingPasswords,
  findRegistration,
  findUnpaidBefore,
  giveBackAttempt,
  insertRegistration,
  lockRegistration,
  takeNextAttempt,
} from './registrations/registration-store.ts';
import { registrationSubject } from './registrations/registration.ts';
import { followRegistration, mayAcceptRegistration } from './registrations/settle-registration.ts';
import { parseDescriptor } from './wallets/descriptor.ts';
import { markClaimAddressUsed } from './wallets/direct-lease-store.ts';
import { findWallet } from './wallets/wallet-store.ts';

export type PlanCore = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly record: (tx: Tx, event: NewEvent) => Promise<unknown>;
};

/** The same rate has the same id wherever it is asked for by the swap that it priced. */
const quoteIdOf = (sealer: Sealer) => (swapId: string) => base32Id(ID_PREFIXES.quote, sealer.hash('quote of a plan', swapId));

type PaymentFollowing = {
  readonly mayAccept: (tx: Tx, paymentId: string) => Promise<boolean>;
  readonly follow: (tx: Tx, progress: LightningProgress) => Promise<void>;
};

/** Leads what is said of a swap, inside its commits, to what the swap pays for: a payment, a plan, a registration. */
export function followSubjects(
  world: Pick<World, 'log' | 'random'>,
  core: Omit<PlanCore, 'database'>,
  payments: PaymentFollowing,
): Pick<LightningDeps, 'mayAccept' | 'onProgress'> {
  const plans = followPlans(world, core);
  return {
    mayAccept: (tx, of) => (of.subject === 'payment' ? payments.mayAccept(tx, of.subjectId) : plans.mayAccept(tx, of)),
    onProgress: (tx, progress) => (progress.subject === 'payment' ? payments.follow(tx, progress) : plans.follow(tx, progress)),
  };
}

/** What turns a payment into an account and its periods. */
export function settlingDeps({ log, random }: Pick<World, 'log' | 'random'>, { sealer, record }: Omit<PlanCore, 'database'>) {
  const renewing = { recordEvent: record, claimArrived: markClaimAddressUsed, log };
  return {
    ...{ ...renewing, lock: lockRegistration, end: endRegistration, findOwner, hasPeriodOf },
    openAccount: (tx: Tx, owner: { email: string; passwordHash: string; at: Date }) => openPaidAccount({ random, sealer }, tx, owner),
    payPeriod: (tx: Tx, period: Omit<NewPeriod, 'id' | 'quoteId'>) =>
      payNewPeriod(renewing, tx, { ...period, id: newId(random, 'period'), quoteId: quoteIdOf(sealer)(period.swapId) }),
    recordAudit: (tx: Tx, entry: Parameters<typeof recordAudit>[2]) => recordAudit(tx, random, entry),
  };
}

function followPlans(world: Pick<World, 'log' | 'random'>, core: Omit<PlanCore, 'database'>) {
  const renewing = { recordEvent: core.record, claimArrived: markClaimAddressUsed, log: world.log };
  const settling = settlingDeps(world, core);
  return {
    follow: (tx: Tx, progress: LightningProgress) =>
      progress.subject === 'registration' ? followRegistration(settling, tx, progress) : followRenewal(renewing, tx, progress),
    mayAccept: (tx: Tx, { subject, subjectId }: { subject: string; subjectId: string }) =>
      subject === 'registration' ? mayAcceptRegistration(settling, tx, subjectId) : mayAcceptRenewal(tx, subjectId),
  };
}

export type PlanParts = PlanCore & {
  readonly lightning: LightningBackend;
  readonly currentRate: CurrentRate;
  readonly connectWallet: (accountId: string, descriptor: string, via: 'operator') => Promise<Result<unknown, Refusal>>;
};

type Charged = { readonly accountId: string; readonly source: PaymentSource };

/** Plans, the trial, and accounts that begin with a payment. */
export function buildPlans(world: World, parts: PlanParts) {
  const { now, random, billing, planGraceMs: graceMs } = world;
  const { database } = parts;
  const operator = operatorOf(world, parts);
  const account = (id: string) => findAccount(database, id);
  const statusDeps = { now, billing, graceMs, findAccount: account, listPeriods: (id: string) => listPeriods(database, id) };
  const ending = (after: Date, until: Date) => findEndingPlans(database, after, until);
  /** Days and hours are what these jobs wait for. */
  const everyMinute = (job: () => Promise<number>) => every(now, MINUTE_MS, job);
  const reminding: Jobs = {
    remind: everyMinute(() =>
      remindOfPlans({ now, findEnding: ending, queue: (reminders, at) => queueReminders(database, random, { reminders, at }) }),
    ),
  };
  const jobs: Jobs = {
    ...(billing ? reminding : {}),
    purge: everyMinute(() =>
      purgeRegistrations({
        ...{ now, history: parts.lightning.history },
        findUnpaidBefore: (before) => findUnpaidBefore(database, before),
        remove: (registration) => deleteRegistration(database, registration),
      }),
    ),
  };
  return {
    jobs,
    prepare: operator.prepare,
    useCases: planUseCases(world, parts, { operator: operator.find, statusDeps }),
    /** Whether the account may ask for payments, and what it has chosen. */
    charge: async ({ accountId, source }: Charged, at: Date, inside?: InsideCommit): Promise<Result<Charger, Refusal>> => {
      const found = await (inside ? readAccount(inside.tx, accountId) : account(accountId));
      if (!found) throw new Error(`no account ${accountId}`);
      const openEnds = () => findOpenPaymentEnds(database, { accountId, source, at }, inside);
      const allowed = billing ? await mayCharge(found, { at, graceMs }, openEnds) : ok(undefined);
      const { whenLightningIsDown, grossUp } = found.settings;
      const isTrial = billing && planState(found, { at, graceMs }) === 'trial';
      return allowed.ok ? ok({ merchantName: found.name, whenLightningIsDown, grossUp, isTrial }) : allowed;
    },
  };
}

type Inner = {
  readonly operator: () => Promise<Result<string, Refusal>>;
  readonly statusDeps: Parameters<typeof readPlanStatus>[0];
};

function planUseCases(world: World, parts: PlanParts, { operator, statusDeps }: Inner): PlanUseCases {
  const { now, random, log, billing } = world;
  const { database, sealer, lightning, currentRate, record: recordEvent } = parts;
  const { hash } = sealer;
  const invoicing = { now, currentRate, lightning, insertQuote, operator, quoteIdOf: quoteIdOf(sealer) };
  const registering = {
    ...{ ...invoicing, random, hash, billing, termsUrl: world.termsUrl ?? null, hashPassword, verifyPassword, insertRegistration },
    hasUser: (email: string) => hasUser(database, email),
    findPendingPasswords: (email: string, most: number) => findPendingPasswords(database, email, most),
  };
  const polling = {
    ...{ ...invoicing, log, hash, wait: pause },
    find: (idHash: Uint8Array<ArrayBuffer>) => findRegistration(database, idHash),
    takeNextAttempt: (registration: Parameters<typeof takeNextAttempt>[1]) => takeNextAttempt(database, registration),
    giveBackAttempt: (registration: Parameters<typeof giveBackAttempt>[1]) => giveBackAttempt(database, registration),
    mintKey: (registration: Parameters<typeof mintRegistrationKey>[1]) =>
      mintRegistrationKey({ database, now, random, sealer }, registration),
  };
  const renewing = {
    ...{ ...invoicing, billing, recordEvent, insertOpenPeriod, shownInvoices: lightning.invoices },
    newPeriodId: () => newId(random, 'period'),
    findOpenPeriod: (accountId: string, plan: Parameters<typeof findOpenPeriod>[2]) => findOpenPeriod(database, accountId, plan),
  };
  return {
    register: (input) => register(registering, input),
    poll: (id) => pollRegistration(polling, id),
    registrationStatus: (id) => readRegistrationStatus(polling, id),
    registrationSubject: (id) => registrationSubject(hashRegistrationId(hash, id)),
    renew: (asker, input) => renewPlan(renewing, asker, input),
    status: (accountId) => readPlanStatus(statusDeps, accountId),
    prices: () => readPlanPrices(currentRate),
  };
}

/** @throws Error when the setting is no descriptor of this network: better no start than plan money to nowhere. */
function operatorOf({ operatorDescriptor, network, now, random, log }: World, { database, connectWallet }: PlanParts) {
  const parsed = operatorDescriptor && parseDescriptor(operatorDescriptor.reveal(), network);
  if (parsed && !parsed.ok) throw new Error(`OPERATOR_DESCRIPTOR: ${parsed.error.message}`);
  const connect = (accountId: string) => connectWallet(accountId, operatorDescriptor?.reveal() ?? '', 'operator');
  return makeOperator({
    wallet: parsed ? { chainId: parsed.value.chainId, connect } : null,
    findOrMake: () => findOrMakeOperator(database, random, now()),
    claimChainOf: async (accountId) => (await findWallet({ database }, accountId))?.claimChainId ?? null,
    log,
  });
}
