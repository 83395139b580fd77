import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { SignInDeps } from './deps.ts';
import type { OpenedSession } from './open-session.ts';
import type { FactorInput, Proof } from './second-factor.ts';
import type { SecondFactor, User } from './user.ts';
import type { Visitor } from './visitor.ts';
import { createHash } from 'node:crypto';
import { recordAuditOnce } from '../events/audit-store.ts';
import { verifyPassword } from '../accounts/password.ts';
import { base32Id, ID_PREFIXES } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { MINUTE_MS } from '../lib/time.ts';
import { parseEmail } from '../accounts/email.ts';
import { openSession } from './open-session.ts';
import { challengePasskeys, proofOf, spendProof } from './second-factor.ts';
import { securityEntry } from './security-notice.ts';
import { factorsOf } from './user.ts';
import { findUserByEmail } from './user-store.ts';

export type SignInInput = FactorInput & { readonly email: string | null; readonly password: string | null };
export type SignedIn =
  | { readonly kind: 'signed_in'; readonly userId: string; readonly accountId: string; readonly session: OpenedSession }
  /** The password is right; one of these is still to be shown, in a request that holds the password once more. */
  | { readonly kind: 'needs_factor'; readonly needs: readonly SecondFactor[]; readonly passkeyOptions: object | null };

export const EMAIL_AND_PASSWORD_REQUIRED: Refusal = {
  kind: 'invalid',
  code: 'email_and_password_required',
  message: 'email and password are required',
};
/** One answer for an unknown address, a wrong password and a closed account. */
export const WRONG_PASSWORD: Refusal = {
  kind: 'unauthenticated',
  code: 'wrong_email_or_password',
  message: 'Wrong e-mail address or password',
};
export const WRONG_CODE: Refusal = {
  kind: 'unauthenticated',
  code: 'wrong_second_factor',
  message: 'This code or passkey does not hold — a code works once, for about a minute',
};

/** Failures are told once in this time for one address: a flood of them does not flood the audit trail. */
const FAILURES_EVERY_MS = 15 * MINUTE_MS;

/**
 * Signs a person in, in one request that holds everything: there is no half of a session that could be stolen or mixed up. Every attempt for
 * an address counts against it, right or wrong, and every attempt hashes one password, whoever it is for.
 */
export async function signIn(deps: SignInDeps, input: SignInInput, visitor: Visitor): Promise<Result<SignedIn, Refusal>> {
  if (!input.email || !input.password) return refuse(EMAIL_AND_PASSWORD_REQUIRED);
  const parsed = parseEmail(input.email);
  const email = parsed.ok ? parsed.value : input.email.slice(0, 300).toLowerCase();
  const limited = await deps.takeEmailUse('auth_login_email', email);
  if (limited) return refuse(limited);
  const at = deps.now();
  const found = await findUserByEmail(deps.database, email);
  const user = found?.accountIsActive ? found : null;
  const isRight = await verifyPassword(user?.passwordHash.reveal() ?? null, new Secret(input.password));
  if (!user || !isRight) {
    await tellFailure(deps, { email, user, visitor, at });
    return refuse(WRONG_PASSWORD);
  }
  const needs = factorsOf(user);
  if (needs.length === 0) return open(deps, { user, visitor, proof: null, at });
  const isSent = input.code !== null || (input.passkey !== null && input.passkey !== undefined);
  if (!isSent) return ok({ kind: 'needs_factor', needs, passkeyOptions: await challengePasskeys(deps, user, at) });
  const proof = await proofOf(deps, user, input, at);
  const opened = proof && (await open(deps, { user, visitor, proof, at }));
  if (opened?.ok) return opened;
  await tellFailure(deps, { email, user, visitor, at });
  return refuse(WRONG_CODE);
}

type Opening = { readonly user: User; readonly visitor: Visitor; readonly proof: Proof | null; readonly at: Date };

/** The proof is used up and the session opened in one commit: a code that has worked has given exactly one session. */
async function open(deps: SignInDeps, { user, visitor, proof, at }: Opening): Promise<Result<SignedIn, Refusal>> {
  const opened = await deps.database.transact(async (tx): Promise<Result<SignedIn, Refusal>> => {
    if (proof && !(await spendProof(deps, tx, { user, proof, at }))) return refuse(WRONG_CODE);
    const session = await openSession(deps, tx, { user, visitor, withSecondFactor: proof !== null, at });
    return ok({ kind: 'signed_in', userId: user.id, accountId: user.accountId, session });
  });
  deps.sessionsEnded(user.accountId); // the one that this browser held before
  return opened;
}

/** Written for unknown addresses too: the same work, and the audit trail shows that somebody is guessing. */
function tellFailure(deps: SignInDeps, failure: { email: string; user: User | null; visitor: Visitor; at: Date }): Promise<void> {
  const { email, user, visitor, at } = failure;
  const period = Math.floor(at.getTime() / FAILURES_EVERY_MS);
  const bytes = createHash('sha256')
    .update(deps.hash('sign-in failure', `${email} ${period}`))
    .digest();
  const id = base32Id(ID_PREFIXES.audit, bytes);
  return recordAuditOnce(deps.database, { id, ...securityEntry({ action: 'sign_in.failed', user, visitor, at }) });
}
