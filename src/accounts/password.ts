import type { Secret } from '../lib/secret.ts';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id, m = 46 MiB, t = 1, p = 1: one of the OWASP Password Storage settings of equal strength; about 0.1 s a hash. */
const ARGON2 = { memoryCost: 47_104, timeCost: 1, parallelism: 1 } as const;

export function hashPassword(password: Secret<string>): Promise<string> {
  return hash(password.reveal(), ARGON2);
}

/** Whether the password is the one that was hashed. */
export function isPassword(password: Secret<string>, stored: string): Promise<boolean> {
  return verify(stored, password.reveal());
}
