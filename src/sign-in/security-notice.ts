import type { Tx } from '../lib/database.ts';
import type { AuditEntry } from '../events/audit-store.ts';
import type { MailFacts } from '../mail/mail.ts';
import type { SignInDeps } from './deps.ts';
import type { TokenKind } from './one-time-token.ts';
import type { User } from './user.ts';
import type { Visitor } from './visitor.ts';
import { recordAudit } from '../events/audit-store.ts';
import { newId } from '../lib/ids.ts';
import { addMs } from '../lib/time.ts';
import { mailToken } from '../mail/mail.ts';
import { queueMail } from '../mail/mail-store.ts';
import { TOKEN_LIFE_MS, tokenDomain } from './one-time-token.ts';
import { insertTokens } from './one-time-token-store.ts';

/** TABLE: what the audit trail says of signing in. */
export const SECURITY_ACTIONS = [
  'account.signed_up',
  'sign_in.failed',
  'password.changed',
  'password.reset',
  'email.verified',
  'email.changed',
  'totp.set',
  'totp.removed',
  'passkey.added',
  'passkey.removed',
  'recovery_codes.made',
] as const;
export type SecurityAction = (typeof SECURITY_ACTIONS)[number];

type SecurityLine = {
  readonly action: SecurityAction;
  /** Null: nobody of ours. */
  readonly user: { readonly id: string; readonly accountId: string } | null;
  readonly visitor: Pick<Visitor, 'ip' | 'requestId'>;
  readonly at: Date;
};

/** The line of the audit trail for something that somebody did, or tried, in signing in. */
export function securityEntry({ action, user, visitor, at }: SecurityLine): Omit<AuditEntry, 'id'> {
  const { ip, requestId } = visitor;
  const who = { accountId: user?.accountId ?? null, actor: user?.id ?? 'system', subjectId: user?.id ?? null };
  return { action, ...who, facts: {}, requestId, ip, at };
}

type Changed = {
  readonly action: SecurityAction;
  /** A row of the mail's table of changes; null: nobody is written to. */
  readonly what: string | null;
  /** What else the mail tells. */
  readonly facts?: MailFacts;
  readonly user: Pick<User, 'id' | 'accountId' | 'email'>;
  readonly visitor: Visitor;
  readonly at: Date;
};

/** In the commit of a change in how somebody signs in: the audit trail says it, and a mail tells the person. */
export async function tellChange(deps: SignInDeps, tx: Tx, { action, what, facts, user, visitor, at }: Changed): Promise<void> {
  await recordAudit(tx, deps.random, securityEntry({ action, user, visitor, at }));
  if (what === null) return;
  const id = newId(deps.random, 'mail');
  const mail = { id, dedupeKey: `sign_in_changed:${id}`, accountId: user.accountId, recipient: user.email, facts: { what, ...facts }, at };
  await queueMail(tx, { ...mail, template: 'sign_in_changed' });
}

type Sending = {
  readonly kind: Extract<TokenKind, 'verify_email' | 'change_email' | 'reset_password'>;
  /** Null: nobody of ours; everything is written, nothing is sent and nothing opens. */
  readonly user: Pick<User, 'id' | 'accountId'> | null;
  readonly email: string;
  readonly at: Date;
};

/** Sends somebody a token by mail, in the caller's commit. The text of the token rests nowhere: its hash does, and the mail's id makes it again. */
export async function sendToken(deps: SignInDeps, tx: Tx, { kind, user, email, at }: Sending): Promise<void> {
  const id = newId(deps.random, 'mail');
  const hash = deps.hash(tokenDomain(kind), mailToken(deps.hash, id));
  const expiresAt = addMs(at, TOKEN_LIFE_MS[kind]);
  await insertTokens(tx, [{ hash, kind, accountId: user?.accountId ?? '', userId: user?.id ?? null, expiresAt, email }]);
  const mail = { id, dedupeKey: `${kind}:${id}`, accountId: user?.accountId ?? null, facts: {}, at };
  await queueMail(tx, { ...mail, recipient: user ? email : '', template: kind, isDecoy: user === null });
}
