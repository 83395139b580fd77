import type { SessionHolder } from '../accounts/caller.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { SignInDeps } from './deps.ts';
import type { TokenRow } from './one-time-token-store.ts';
import type { Visitor } from './visitor.ts';
import { parseLabel } from '../accounts/key-input.ts';
import { base32Id } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs } from '../lib/time.ts';
import { TOKEN_LIFE_MS, tokenDomain } from './one-time-token.ts';
import { insertTokens, spendToken, voidTokens } from './one-time-token-store.ts';
import { optionsToAdd, readAddedPasskey } from './passkey.ts';
import { personOf } from './person-of.ts';
import { keepChallenge, plainCode, totpPlace } from './second-factor.ts';
import { tellChange } from './security-notice.ts';
import { isTotpSecret, totpStepOf } from './totp.ts';
import { deletePasskey, insertPasskey, setTotp } from './user-store.ts';

const invalid = (code: string, message: string, field: string): Refusal => ({ kind: 'invalid', code, message, field });

/** Otherwise whoever signs up with somebody else's address could lock them out of it for good. */
const VERIFY_EMAIL_FIRST: Refusal = {
  kind: 'conflict',
  code: 'email_not_verified',
  message: 'Confirm your e-mail address first — the link is in the mail that we sent you',
};
const INVALID_SECRET = invalid('invalid_totp_secret', 'secret must be at least 26 characters of base32', 'secret');
const CODE_DOES_NOT_MATCH = invalid('wrong_code', 'This code does not match — check the clock of your telephone', 'code');
const INVALID_PASSKEY = invalid('invalid_passkey', 'This is no answer to the options that were made for you — start again', 'response');
const PASSKEY_KNOWN: Refusal = { kind: 'conflict', code: 'passkey_registered', message: 'This passkey is registered already' };
const TOO_MANY_PASSKEYS: Refusal = { kind: 'conflict', code: 'too_many_passkeys', message: 'An account has at most 20 passkeys' };
export const PASSKEY_NOT_FOUND: Refusal = { kind: 'not-found', code: 'passkey_not_found', message: 'Passkey not found' };

/** More than anybody has devices. */
const PASSKEYS_MAX = 20;
const RECOVERY_CODES = 10;
/** Five bits each: 80 bits, beyond guessing at any rate of attempts. */
const RECOVERY_CODE_CHARS = 16;

/**
 * Sets up an authenticator app with a secret that the person's own page has made, shown to work by a code of it; that code is used up.
 * Without a secret the app is no longer asked for.
 */
export async function changeTotp(
  deps: SignInDeps,
  person: SessionHolder,
  input: { readonly secret: string | null; readonly code: string | null },
  visitor: Visitor,
): Promise<Result<void, Refusal>> {
  const user = await personOf(deps, person);
  const at = deps.now();
  const { secret } = input;
  if (secret !== null) {
    if (!user.emailVerifiedAt) return refuse(VERIFY_EMAIL_FIRST);
    if (!isTotpSecret(secret)) return refuse(INVALID_SECRET);
  }
  const lastStep = secret === null ? null : totpStepOf(secret, plainCode(input.code ?? ''), at);
  if (secret !== null && lastStep === null) return refuse(CODE_DOES_NOT_MATCH);
  const sealed = secret === null ? null : deps.sealer.seal(totpPlace(user.id), new TextEncoder().encode(secret));
  await deps.database.transact(async (tx) => {
    await setTotp(tx, { userId: user.id, sealed, lastStep });
    const told = secret === null ? (['totp.removed', 'totp_removed'] as const) : (['totp.set', 'totp_set'] as const);
    await tellChange(deps, tx, { action: told[0], what: told[1], user, visitor, at });
  });
  return ok(undefined);
}

/** What `navigator.credentials.create` is to be given. */
export async function startPasskey(deps: SignInDeps, person: SessionHolder): Promise<Result<object, Refusal>> {
  const user = await personOf(deps, person);
  if (!user.emailVerifiedAt) return refuse(VERIFY_EMAIL_FIRST);
  if (user.passkeys.length >= PASSKEYS_MAX) return refuse(TOO_MANY_PASSKEYS);
  const { options, challenge } = await optionsToAdd(deps.passkeys, user, deps.random);
  const at = deps.now();
  await deps.database.transact((tx) => keepChallenge(deps, tx, { user, challenge, at }));
  return ok(options);
}

/** Takes what the authenticator answered: once, for the challenge that this person was given. */
export async function addPasskey(
  deps: SignInDeps,
  person: SessionHolder,
  input: { readonly response: unknown; readonly label: string },
  visitor: Visitor,
): Promise<Result<void, Refusal>> {
  const user = await personOf(deps, person);
  if (!user.emailVerifiedAt) return refuse(VERIFY_EMAIL_FIRST);
  const label = parseLabel(input.label);
  if (!label.ok) return label;
  const added = await readAddedPasskey(deps.passkeys, input.response);
  if (!added) return refuse(INVALID_PASSKEY);
  const at = deps.now();
  const { challenge, ...passkey } = added;
  return deps.database.transact(async (tx) => {
    const kind = 'passkey_challenge';
    const isOurs = await spendToken(tx, { hash: deps.hash(tokenDomain(kind), challenge), kind, at, userId: user.id });
    if (!isOurs) return refuse(INVALID_PASSKEY);
    if (!(await insertPasskey(tx, { ...passkey, userId: user.id, label: label.value, createdAt: at }))) return refuse(PASSKEY_KNOWN);
    await tellChange(deps, tx, { action: 'passkey.added', what: 'passkey_added', user, visitor, at });
    return ok(undefined);
  });
}

export async function removePasskey(
  deps: SignInDeps,
  person: SessionHolder,
  input: { readonly id: string },
  visitor: Visitor,
): Promise<Result<void, Refusal>> {
  const user = await personOf(deps, person);
  if (!user.passkeys.some(({ id }) => id === input.id)) return refuse(PASSKEY_NOT_FOUND); // a caller's text may be one that no row can hold
  const at = deps.now();
  return deps.database.transact(async (tx) => {
    if (!(await deletePasskey(tx, { userId: user.id, id: input.id }))) return refuse(PASSKEY_NOT_FOUND);
    await tellChange(deps, tx, { action: 'passkey.removed', what: 'passkey_removed', user, visitor, at });
    return ok(undefined);
  });
}

/** Codes for the day when the telephone is lost, each good once. Shown now and never again; the old ones end. */
export async function makeRecoveryCodes(
  deps: SignInDeps,
  person: SessionHolder,
  visitor: Visitor,
): Promise<Result<readonly string[], Refusal>> {
  const user = await personOf(deps, person);
  if (!user.emailVerifiedAt) return refuse(VERIFY_EMAIL_FIRST);
  const at = deps.now();
  const kind = 'recovery_code';
  const codes = Array.from({ length: RECOVERY_CODES }, () => base32Id('', deps.random(17)).slice(0, RECOVERY_CODE_CHARS));
  const expiresAt = addMs(at, TOKEN_LIFE_MS[kind]);
  const rows = codes.map((code): TokenRow => {
    const hash = deps.hash(tokenDomain(kind), code);
    return { hash, kind, accountId: user.accountId, userId: user.id, expiresAt, email: null };
  });
  await deps.database.transact(async (tx) => {
    await voidTokens(tx, { userId: user.id, kinds: [kind], at });
    await insertTokens(tx, rows);
    await tellChange(deps, tx, { action: 'recovery_codes.made', what: 'recovery_codes', user, visitor, at });
  });
  return ok(codes.map((code) => (code.match(/.{4}/g) ?? []).join('-')));
}
