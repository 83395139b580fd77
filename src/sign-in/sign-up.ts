import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { SignInDeps } from './deps.ts';
import type { SignedIn } from './sign-in.ts';
import type { Visitor } from './visitor.ts';
import { insertAccount, insertApiKey, insertUser } from '../accounts/account-store.ts';
import { makeApiKey } from '../accounts/api-key.ts';
import { hashPassword, parsePassword } from '../accounts/password.ts';
import { newId } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { EMAIL_TAKEN, parseEmail } from '../accounts/email.ts';
import { openSession } from './open-session.ts';
import { sendToken, tellChange } from './security-notice.ts';
import { EMAIL_AND_PASSWORD_REQUIRED } from './sign-in.ts';
import { findUserByEmail, lockEmail } from './user-store.ts';

export type SignUpInput = {
  readonly email: string | null;
  readonly password: string | null;
  readonly name: string | null;
  readonly termsAccepted: boolean;
};

export const TERMS_REQUIRED: Refusal = {
  kind: 'invalid',
  code: 'terms_not_accepted',
  message: 'terms_accepted must be true',
  field: 'termsAccepted',
};
const INVALID_NAME: Refusal = {
  kind: 'invalid',
  code: 'invalid_name',
  message: 'name must be 1 to 60 characters of plain text',
  field: 'name',
};

/** What payers see until the merchant says otherwise. */
const DEFAULT_NAME = 'AvoPay merchant';
/** One line on the smallest telephone. */
const NAME = /^[^\p{C}\u2028\u2029]{1,60}$/u;

/**
 * A person's account, in trial, signed in at once; a mail asks to confirm the address. It has a publishable key, which is no secret; secret keys
 * are made by a call that shows them once.
 */
export async function signUp(deps: SignInDeps, input: SignUpInput, visitor: Visitor): Promise<Result<SignedIn, Refusal>> {
  if (!input.email || !input.password) return refuse(EMAIL_AND_PASSWORD_REQUIRED);
  const email = parseEmail(input.email);
  if (!email.ok) return email;
  const password = parsePassword(input.password);
  if (!password.ok) return password;
  const name = input.name === null ? DEFAULT_NAME : input.name.trim();
  if (!NAME.test(name)) return refuse(INVALID_NAME);
  if (!input.termsAccepted) return refuse(TERMS_REQUIRED);
  if (await findUserByEmail(deps.database, email.value)) return refuse(EMAIL_TAKEN);
  const passwordHash = await hashPassword(password.value);
  return makeAccount(deps, { email: email.value, name, passwordHash }, visitor);
}

function makeAccount(
  deps: SignInDeps,
  person: { readonly email: string; readonly name: string; readonly passwordHash: string },
  visitor: Visitor,
): Promise<Result<SignedIn, Refusal>> {
  const { random } = deps;
  const { email, name, passwordHash } = person;
  const at = deps.now();
  return deps.database.transact(async (tx) => {
    if (!(await lockEmail(tx, email))) return refuse(EMAIL_TAKEN);
    const accountId = newId(random, 'account');
    const user = { id: newId(random, 'user'), accountId, email };
    await insertAccount(tx, { id: accountId, name, planEndsAt: null, trialUsed: 0, at });
    await insertUser(tx, { ...user, passwordHash, at });
    const text = makeApiKey('publishable', 'live', random);
    const key = { id: newId(random, 'apiKey'), accountId, kind: 'publishable', mode: 'live', text, label: 'First key', at } as const;
    await insertApiKey(tx, deps.sealer, key);
    await sendToken(deps, tx, { kind: 'verify_email', user, email, at });
    await tellChange(deps, tx, { action: 'account.signed_up', what: null, user, visitor, at });
    const session = await openSession(deps, tx, { user, visitor, withSecondFactor: false, at });
    return ok({ kind: 'signed_in', userId: user.id, accountId, session });
  });
}
