import type { SessionHolder } from '../accounts/caller.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { SignInDeps } from './deps.ts';
import type { User } from './user.ts';
import type { Visitor } from './visitor.ts';
import { ok, refuse } from '../lib/result.ts';
import { TOKEN_INVALID } from './change-password.ts';
import { EMAIL_TAKEN, parseEmail } from '../accounts/email.ts';
import { personOf } from './person-of.ts';
import { tokenDomain } from './one-time-token.ts';
import { findToken, spendToken, voidTokens } from './one-time-token-store.ts';
import { sendToken, tellChange } from './security-notice.ts';
import { confirmEmail, findUser, findUserByEmail, lockEmail, replaceEmail } from './user-store.ts';

/** Sends the mail that confirms the person's address once more. Nothing is sent when it is confirmed already. */
export async function requestEmailVerification(deps: SignInDeps, person: SessionHolder): Promise<Result<void, Refusal>> {
  const user = await personOf(deps, person);
  if (user.emailVerifiedAt) return ok(undefined);
  const limited = await deps.takeEmailUse('account_mail', user.email);
  if (limited) return refuse(limited);
  const at = deps.now();
  await deps.database.transact((tx) => sendToken(deps, tx, { kind: 'verify_email', user, email: user.email, at }));
  return ok(undefined);
}

/**
 * Sends a mail to the new address; it becomes the person's when the token in it comes back. The answer is the same for an address that somebody
 * has: it is told to that mailbox alone, by nothing.
 */
export async function changeEmail(
  deps: SignInDeps,
  person: SessionHolder,
  input: { readonly email: string },
): Promise<Result<void, Refusal>> {
  const email = parseEmail(input.email);
  if (!email.ok) return email;
  const limited = await deps.takeEmailUse('account_mail', email.value);
  if (limited) return refuse(limited);
  const user = await personOf(deps, person);
  const isTaken = (await findUserByEmail(deps.database, email.value)) !== null;
  const at = deps.now();
  await deps.database.transact((tx) => sendToken(deps, tx, { kind: 'change_email', user: isTaken ? null : user, email: email.value, at }));
  return ok(undefined);
}

/** Takes the token of a mail: the address that it was sent to is the person's. */
export async function verifyEmail(
  deps: SignInDeps,
  input: { readonly token: string | null },
  visitor: Visitor,
): Promise<Result<void, Refusal>> {
  if (!input.token) return refuse({ ...TOKEN_INVALID, code: 'token_required', message: 'token is required' });
  for (const kind of ['verify_email', 'change_email'] as const) {
    const which = { hash: deps.hash(tokenDomain(kind), input.token), kind, at: deps.now() };
    const token = await findToken(deps.database, which);
    const user = token?.userId ? await findUser(deps.database, token.userId) : null;
    if (token?.email && user) return take(deps, { which, user, email: token.email, visitor });
  }
  return refuse(TOKEN_INVALID);
}

type Taking = {
  readonly which: { readonly hash: Uint8Array<ArrayBuffer>; readonly kind: 'verify_email' | 'change_email'; readonly at: Date };
  readonly user: User;
  readonly email: string;
  readonly visitor: Visitor;
};

/** The old address is told of a new one: whoever lost the account by it reads it there. */
function take(deps: SignInDeps, { which, user, email, visitor }: Taking): Promise<Result<void, Refusal>> {
  const { at } = which;
  return deps.database.transact(async (tx) => {
    const isChange = which.kind === 'change_email';
    if (isChange && !(await lockEmail(tx, email))) return refuse(EMAIL_TAKEN);
    if (!(await spendToken(tx, { ...which, userId: user.id }))) return refuse(TOKEN_INVALID);
    const isDone = isChange
      ? await replaceEmail(tx, { userId: user.id, email, at })
      : await confirmEmail(tx, { userId: user.id, email, at });
    if (!isDone) return refuse(TOKEN_INVALID); // the address of this token is no longer the person's
    if (isChange) await voidTokens(tx, { userId: user.id, kinds: ['reset_password', 'verify_email', 'change_email'], at });
    const told = isChange ? ({ action: 'email.changed', what: 'email' } as const) : ({ action: 'email.verified', what: null } as const);
    await tellChange(deps, tx, { ...told, user, visitor, at });
    return ok(undefined);
  });
}
