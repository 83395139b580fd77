import type { Secret } from '../lib/secret.ts';

export type Passkey = {
  /** The credential's id, as the authenticator named it. */
  readonly id: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly signCount: bigint;
  readonly label: string;
  readonly createdAt: Date;
};

/** A person who may sign in. */
export type User = {
  readonly id: string;
  readonly accountId: string;
  readonly accountIsActive: boolean;
  readonly email: string;
  readonly emailVerifiedAt: Date | null;
  readonly passwordHash: Secret<string>;
  readonly totpSealed: Uint8Array | null;
  readonly totpLastStep: bigint | null;
  readonly passkeys: readonly Passkey[];
};

export const SECOND_FACTORS = ['passkey', 'totp'] as const;
export type SecondFactor = (typeof SECOND_FACTORS)[number];

/** The second factors that a person has set up; any one of them is enough. */
export function factorsOf({ passkeys, totpSealed }: Pick<User, 'passkeys' | 'totpSealed'>): readonly SecondFactor[] {
  return SECOND_FACTORS.filter((factor) => (factor === 'passkey' ? passkeys.length > 0 : totpSealed !== null));
}
