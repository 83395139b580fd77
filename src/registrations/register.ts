import type { PlanInvoiceDeps } from '../billing/plan-invoice.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Secret } from '../lib/secret.ts';
import type { Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { NewRegistration, RegistrationView } from './registration.ts';
import type { RegistrationInput } from './registration-input.ts';
import { EMAIL_TAKEN } from '../accounts/email.ts';
import { openPlanInvoice } from '../billing/plan-invoice.ts';
import { planPrice } from '../billing/plan.ts';
import { toHex } from '../lib/bytes.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs } from '../lib/time.ts';
import { parseRegistrationInput } from './registration-input.ts';
import { REGISTRATION_LIFE_MS, registrationSubject } from './registration.ts';

export type RegisterDeps = PlanInvoiceDeps & {
  readonly now: Clock;
  readonly random: Random;
  readonly hash: Sealer['hash'];
  readonly billing: boolean;
  /** What is accepted by registering; null: nothing is said of it. */
  readonly termsUrl: string | null;
  readonly hasUser: (email: string) => Promise<boolean>;
  readonly findPendingPasswords: (email: string, most: number) => Promise<readonly string[]>;
  readonly hashPassword: (password: Secret<string>) => Promise<string>;
  readonly verifyPassword: (passwordHash: string, password: Secret<string>) => Promise<boolean>;
  readonly insertRegistration: (tx: Tx, registration: NewRegistration) => Promise<void>;
};

/** 256 bits: nobody guesses one, and one hands out a key. */
const ID_BYTES = 32;
/** Other unpaid registrations of the same address whose password is compared: each costs a tenth of a second. */
const PASSWORDS_COMPARED_MAX = 3;

export const REGISTRATION_OFF: Refusal = {
  kind: 'forbidden',
  code: 'registration_off',
  message: 'Registration by payment is switched off on this server',
};

const MESSAGE = 'Pay this Lightning invoice to activate your account, then poll the status endpoint: it answers your api_key once.';

/**
 * Asks for an account that begins with its first payment. Nothing but the registration and its invoice is made, in one commit: an address
 * belongs to nobody before money has come.
 */
export async function register(deps: RegisterDeps, input: RegistrationInput): Promise<Result<RegistrationView, Refusal>> {
  if (!deps.billing) return refuse(REGISTRATION_OFF);
  const draft = parseRegistrationInput(input);
  if (!draft.ok) return draft;
  const { email, password, plan } = draft.value;
  if (await deps.hasUser(email)) return refuse(EMAIL_TAKEN);
  const operator = await deps.operator();
  if (!operator.ok) return operator; // before the password is hashed: that is the dearest step
  const registrationId = toHex(deps.random(ID_BYTES));
  const createdAt = deps.now();
  const registration: NewRegistration = {
    idHash: hashRegistrationId(deps.hash, registrationId),
    email,
    passwordHash: await hashAsBefore(deps, email, password),
    plan,
    usdMinor: planPrice(plan).minor,
    createdAt,
    expiresAt: addMs(createdAt, REGISTRATION_LIFE_MS),
  };
  const { usdMinor, expiresAt } = registration;
  const subjectId = registrationSubject(registration.idHash);
  const order = { subject: 'registration', subjectId, attempt: 0, plan, usdMinor, expiresAt } as const;
  const opened = await openPlanInvoice(deps, order, (tx) => deps.insertRegistration(tx, registration));
  if (!opened.ok) return opened;
  const { sats, opened: shown } = opened.value;
  const { invoice, invoiceExpiresAt } = shown;
  return ok({
    registrationId,
    plan,
    status: 'pending',
    invoice,
    sats,
    invoiceExpiresAt,
    expiresAt,
    message: MESSAGE,
    termsUrl: deps.termsUrl,
  });
}

/** What rests of an id. */
export function hashRegistrationId(hash: Sealer['hash'], id: string): Uint8Array<ArrayBuffer> {
  return hash('registration', id);
}

/**
 * Equal hashes stand for equal passwords: who registers the same address twice with one password is the same person when both are paid
 * (conformance R-6), and then the password itself is not there to be compared.
 */
async function hashAsBefore(deps: RegisterDeps, email: string, password: Secret<string>): Promise<string> {
  for (const known of await deps.findPendingPasswords(email, PASSWORDS_COMPARED_MAX)) {
    if (await deps.verifyPassword(known, password)) return known;
  }
  return deps.hashPassword(password);
}
