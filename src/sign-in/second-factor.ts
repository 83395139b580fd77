import type { Tx } from '../lib/database.ts';
import type { SignInDeps } from './deps.ts';
import type { ProvenPasskey } from './passkey.ts';
import type { User } from './user.ts';
import { addMs } from '../lib/time.ts';
import { TOKEN_LIFE_MS, tokenDomain } from './one-time-token.ts';
import { insertTokens, spendToken } from './one-time-token-store.ts';
import { optionsToProve, readProvenPasskey } from './passkey.ts';
import { totpStepOf } from './totp.ts';
import { countPasskeyUse, takeTotpStep } from './user-store.ts';

/** What was sent as a second factor, unjudged. */
export type FactorInput = { readonly code: string | null; readonly passkey: unknown };
/** Something that holds as a second factor as long as nobody has used it up. */
export type Proof =
  | { readonly kind: 'totp'; readonly step: bigint }
  | { readonly kind: 'recovery_code'; readonly code: string }
  | ({ readonly kind: 'passkey' } & ProvenPasskey);

/** Recovery codes are written down by hand: spaces, dashes and case do not matter. */
export function plainCode(code: string): string {
  return code.replaceAll(/[\s-]/g, '').toLowerCase();
}

/** 16 letters and digits of five bits each. */
const RECOVERY_CODE = /^[0-9a-z]{16}$/;
/** A code with its spaces; longer is none. */
const CODE_CHARS_MAX = 64;

/** Judges what was sent without using it up. Null: it is no proof. */
export async function proofOf(deps: SignInDeps, user: User, input: FactorInput, at: Date): Promise<Proof | null> {
  if (input.passkey !== null && input.passkey !== undefined) {
    const proven = await readProvenPasskey(deps.passkeys, user.passkeys, input.passkey);
    return proven && { kind: 'passkey', ...proven };
  }
  if (input.code === null || input.code.length > CODE_CHARS_MAX) return null;
  const code = plainCode(input.code);
  if (RECOVERY_CODE.test(code)) return { kind: 'recovery_code', code };
  const secret = totpSecretOf(deps, user);
  const step = secret === null ? null : totpStepOf(secret, code, at);
  return step === null ? null : { kind: 'totp', step };
}

/** Uses a proof up. Of any number of requests with the same one, one is told true. */
export async function spendProof(deps: SignInDeps, tx: Tx, spending: { user: User; proof: Proof; at: Date }): Promise<boolean> {
  const { user, proof, at } = spending;
  if (proof.kind === 'totp') return takeTotpStep(tx, { userId: user.id, step: proof.step });
  const kind = proof.kind === 'passkey' ? 'passkey_challenge' : 'recovery_code';
  const hash = deps.hash(tokenDomain(kind), proof.kind === 'passkey' ? proof.challenge : proof.code);
  if (!(await spendToken(tx, { hash, kind, at, userId: user.id }))) return false;
  return proof.kind === 'recovery_code' || countPasskeyUse(tx, proof);
}

/** Asks a person's authenticators for a proof; null when they have none. */
export async function challengePasskeys(deps: SignInDeps, user: User, at: Date): Promise<object | null> {
  if (user.passkeys.length === 0) return null;
  const { options, challenge } = await optionsToProve(deps.passkeys, user.passkeys, deps.random);
  await deps.database.transact((tx) => keepChallenge(deps, tx, { user, challenge, at }));
  return options;
}

/** Remembers a challenge, so that its answer counts once and only for this person. */
export function keepChallenge(deps: SignInDeps, tx: Tx, kept: { user: User; challenge: string; at: Date }): Promise<void> {
  const { user, challenge, at } = kept;
  const kind = 'passkey_challenge';
  const hash = deps.hash(tokenDomain(kind), challenge);
  const expiresAt = addMs(at, TOKEN_LIFE_MS[kind]);
  return insertTokens(tx, [{ hash, kind, accountId: user.accountId, userId: user.id, expiresAt, email: null }]);
}

function totpSecretOf({ sealer }: SignInDeps, user: User): string | null {
  if (!user.totpSealed) return null;
  return new TextDecoder().decode(sealer.open(totpPlace(user.id), user.totpSealed));
}

export function totpPlace(userId: string) {
  return { table: 'User', row: userId, column: 'totpSealed' };
}
