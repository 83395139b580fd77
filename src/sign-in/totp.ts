import { Secret, TOTP } from 'otpauth';

/** RFC 6238 as every authenticator app has it. */
const PERIOD_S = 30;
const DIGITS = 6;
/** Steps before and after the present one that are taken: clocks of telephones are a little off. */
const WINDOW = 1;
/** 128 bits at least (RFC 4226, section 4), and no more than a QR code holds easily. */
const SECRET = /^[A-Z2-7]{26,104}$/;
const CODE = /^\d{6}$/;

export function isTotpSecret(text: string): boolean {
  return SECRET.test(text);
}

/** The step that a code stands for near `at`, or null when it is none of them. */
export function totpStepOf(secret: string, code: string, at: Date): bigint | null {
  if (!CODE.test(code)) return null;
  const timestamp = at.getTime();
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: DIGITS, period: PERIOD_S, algorithm: 'SHA1' });
  const delta = totp.validate({ token: code, timestamp, window: WINDOW });
  return delta === null ? null : BigInt(TOTP.counter({ period: PERIOD_S, timestamp }) + delta);
}
