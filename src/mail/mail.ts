import type { Sealer } from '../lib/sealed.ts';

/** TABLE: the mails that AvoPay writes. */
export const MAIL_TEMPLATES = [
  'verify_email',
  'change_email',
  'reset_password',
  'sign_in_changed',
  'webhook_failed',
  'plan_reminder',
] as const;
export type MailTemplate = (typeof MAIL_TEMPLATES)[number];
export type MailFacts = { readonly [name: string]: string };

export type NewMail = {
  readonly id: string;
  /** One mail per reason: a second one with the same key is not written. */
  readonly dedupeKey: string;
  readonly accountId: string | null;
  readonly recipient: string;
  readonly template: MailTemplate;
  readonly facts: MailFacts;
  readonly at: Date;
  /** Written like every other and never sent: so that an unknown address costs the same work. */
  readonly isDecoy?: boolean;
};

/** A mail as it leaves. Plain text only. */
export type RenderedMail = { readonly id: string; readonly to: string; readonly subject: string; readonly text: string };
/** The door to the far side. @throws Error when the mail was not taken */
export type SendMail = (mail: RenderedMail) => Promise<void>;

/** The secret that a mail carries: 256 bits that rest nowhere, made again from the mail's id whenever it is sent. */
export function mailToken(hash: Sealer['hash'], mailId: string): string {
  return Buffer.from(hash('mail-token', mailId)).toString('base64url');
}
