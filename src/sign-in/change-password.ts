import type { SessionHolder } from '../accounts/caller.ts';
import type { Tx } from '../lib/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { SignInDeps } from './deps.ts';
import type { Visitor } from './visitor.ts';
import { listLiveHints } from '../accounts/api-key-store.ts';
import { hashPassword, parsePassword, verifyPassword } from '../accounts/password.ts';
import { endAllSessions } from '../accounts/session-store.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { parseEmail } from '../accounts/email.ts';
import { personOf } from './person-of.ts';
import { tokenDomain } from './one-time-token.ts';
import { findToken, spendToken, voidTokens } from './one-time-token-store.ts';
import { sendToken, tellChange } from './security-notice.ts';
import { EMAIL_AND_PASSWORD_REQUIRED, WRONG_PASSWORD } from './sign-in.ts';
import { confirmEmail, findUser, findUserByEmail, replacePassword } from './user-store.ts';

export const TOKEN_INVALID: Refusal = {
  kind: 'invalid',
  code: 'invalid_token',
  message: 'This link was used already, or is too old — ask for a new one',
  field: 'token',
};
const EMAIL_REQUIRED: Refusal = { kind: 'invalid', code: 'email_required', message: 'email is required', field: 'email' };

/** A new password for somebody who knows the old one. Every other browser is signed out. */
export async function changePassword(
  deps: SignInDeps,
  person: SessionHolder,
  input: { readonly current: string; readonly password: string },
  visitor: Visitor,
): Promise<Result<void, Refusal>> {
  const password = parsePassword(input.password);
  if (!password.ok) return password;
  const user = await personOf(deps, person);
  const limited = await deps.takeEmailUse('auth_login_email', user.email);
  if (limited) return refuse(limited);
  if (!(await verifyPassword(user.passwordHash.reveal(), new Secret(input.current)))) return refuse(WRONG_PASSWORD);
  const to = await hashPassword(password.value);
  const at = deps.now();
  const except = visitor.session === null ? [] : [deps.hash('session', visitor.session)];
  const changed = await deps.database.transact(async (tx) => {
    if (!(await replacePassword(tx, { userId: user.id, from: user.passwordHash, to }))) return refuse(WRONG_PASSWORD);
    await endAllSessions(tx, { userId: user.id, except, at });
    await voidTokens(tx, { userId: user.id, kinds: ['reset_password', 'change_email'], at });
    await tellChange(deps, tx, { action: 'password.changed', what: 'password', user, visitor, at });
    return ok(undefined);
  });
  deps.sessionsEnded(user.accountId);
  return changed;
}

/**
 * Sends a mail by which a new password can be chosen. The answer and the work are the same for an address that nobody has: the same rows are
 * written, for nobody.
 */
export async function requestPasswordReset(deps: SignInDeps, input: { readonly email: string | null }): Promise<Result<void, Refusal>> {
  if (!input.email) return refuse(EMAIL_REQUIRED);
  const email = parseEmail(input.email);
  if (!email.ok) return email;
  const limited = await deps.takeEmailUse('account_mail', email.value);
  if (limited) return refuse(limited);
  const found = await findUserByEmail(deps.database, email.value);
  const user = found?.accountIsActive ? found : null;
  const at = deps.now();
  await deps.database.transact((tx) => sendToken(deps, tx, { kind: 'reset_password', user, email: email.value, at }));
  return ok(undefined);
}

/**
 * What still opens the account, a line each. Whoever had the password before, perhaps by signing up with somebody else's address, may hold a
 * key; it is not revoked in silence, since a shop may live on it. No labels: they are text that somebody has typed.
 */
async function keysInWords(tx: Tx, accountId: string, at: Date): Promise<string> {
  const keys = await listLiveHints(tx, accountId, at);
  return keys.map(({ hint, createdAt }) => `${hint}, made on ${createdAt.toISOString().slice(0, 10)}`).join('\n');
}

/**
 * A new password for whoever reads the person's mail. It signs nobody in: a second factor is asked for as ever. Every browser is signed out.
 * The address is proven by it.
 */
export async function resetPassword(
  deps: SignInDeps,
  input: { readonly token: string | null; readonly password: string | null },
  visitor: Visitor,
): Promise<Result<void, Refusal>> {
  if (!input.token || !input.password)
    return refuse({ ...EMAIL_AND_PASSWORD_REQUIRED, code: 'token_required', message: 'token and password are required' });
  const password = parsePassword(input.password);
  if (!password.ok) return password;
  const kind = 'reset_password';
  const which = { hash: deps.hash(tokenDomain(kind), input.token), kind, at: deps.now() } as const;
  const token = await findToken(deps.database, which);
  const user = token?.userId ? await findUser(deps.database, token.userId) : null;
  if (!token || !user || token.email !== user.email) return refuse(TOKEN_INVALID);
  const to = await hashPassword(password.value); // a dear thing, done for holders of a token only
  const reset = await deps.database.transact(async (tx) => {
    if (!(await spendToken(tx, { ...which, userId: user.id }))) return refuse(TOKEN_INVALID);
    if (!(await replacePassword(tx, { userId: user.id, from: user.passwordHash, to }))) return refuse(TOKEN_INVALID); // another token was faster
    await confirmEmail(tx, { userId: user.id, email: user.email, at: which.at });
    await endAllSessions(tx, { userId: user.id, except: [], at: which.at });
    await voidTokens(tx, { userId: user.id, kinds: ['reset_password', 'change_email'], at: which.at });
    const facts = { keys: await keysInWords(tx, user.accountId, which.at) };
    await tellChange(deps, tx, { action: 'password.reset', what: 'password_reset', facts, user, visitor, at: which.at });
    return ok(undefined);
  });
  deps.sessionsEnded(user.accountId);
  return reset;
}
