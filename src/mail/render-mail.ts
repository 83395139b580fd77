import type { MailFacts, MailTemplate, RenderedMail } from './mail.ts';
import { MAIL_TEMPLATES } from './mail.ts';

export type MailPlace = { readonly publicUrl: string; readonly token: string };
type Text = { readonly subject: string; readonly lines: readonly string[] };

/** TABLE: what has changed in how somebody signs in, in words. */
const CHANGES: { readonly [what: string]: string } = {
  password: 'Your password was changed. Every other browser was signed out.',
  password_reset: 'Your password was changed by a link in a mail to this address. Every browser was signed out.',
  email: 'The e-mail address of your account was changed.',
  totp_set: 'Codes of an authenticator app are now asked for when you sign in.',
  totp_removed: 'Codes of an authenticator app are no longer asked for when you sign in.',
  passkey_added: 'A passkey was added to your account.',
  passkey_removed: 'A passkey was removed from your account.',
  recovery_codes: 'New recovery codes were made. The old ones no longer work.',
};

/** TABLE: the words of each mail. Subjects hold nothing that anybody has typed; the token stands behind a `#`, which no server is ever sent. */
const TEXTS: { readonly [Template in MailTemplate]: (facts: MailFacts, place: MailPlace) => Text } = {
  verify_email: (_facts, { publicUrl, token }) => ({
    subject: 'Confirm your e-mail address',
    lines: [
      'Somebody signed up to AvoPay with this address. If it was you, confirm it within 24 hours:',
      `${publicUrl}/verify-email#token=${token}`,
    ],
  }),
  change_email: (_facts, { publicUrl, token }) => ({
    subject: 'Confirm your new e-mail address',
    lines: [
      'This is to become the address of an AvoPay account. If that was you, confirm it within 24 hours:',
      `${publicUrl}/verify-email#token=${token}`,
    ],
  }),
  reset_password: (_facts, { publicUrl, token }) => ({
    subject: 'Choose a new password',
    lines: [
      'Somebody asked for a new password for your AvoPay account. If it was you, choose one within one hour:',
      `${publicUrl}/reset-password#token=${token}`,
      'If it was not you, nothing has changed and there is nothing to do.',
    ],
  }),
  sign_in_changed: ({ what, keys }, { publicUrl }) => ({
    subject: 'How you sign in has changed',
    lines: [
      CHANGES[what ?? ''] ?? 'How you sign in to AvoPay has changed.',
      ...keyLines(keys ?? '', publicUrl),
      'If it was not you, choose a new password at once.',
    ],
  }),
  webhook_failed: ({ host, eventId }, { publicUrl }) => ({
    subject: 'A webhook could not be delivered',
    lines: [`${host ?? 'Your server'} did not take the event ${eventId ?? ''} in four attempts.`, `See ${publicUrl}/app`],
  }),
  plan_reminder: ({ days, planEndsAt }, { publicUrl }) => ({
    subject: 'Your AvoPay plan ends soon',
    lines: [
      `Your plan ends in ${days === '1' ? 'a day' : `${days ?? 'a few'} days`}, on ${planEndsAt ?? ''}.`,
      `Renew it at ${publicUrl}/app, or by POST /api/v1/account/subscription. What you pay is added to what you have.`,
    ],
  }),
};

/** A new password ends no key: its owner is told which there are. */
function keyLines(keys: string, publicUrl: string): readonly string[] {
  if (keys === '') return [];
  return [
    'These secret keys still open your account:',
    ...keys.split('\n'),
    `Revoke those that you did not make at ${publicUrl}/app, or signed in by DELETE /api/v1/account/keys/:id. Look at the wallet and the webhook endpoints too.`,
  ];
}

/** @returns null for a template that this version does not know */
export function renderMail(
  mail: { readonly id: string; readonly recipient: string; readonly template: string; readonly facts: MailFacts },
  place: MailPlace,
): RenderedMail | null {
  const template = MAIL_TEMPLATES.find((name) => name === mail.template);
  if (!template) return null;
  const { subject, lines } = TEXTS[template](mail.facts, place);
  return { id: mail.id, to: mail.recipient, subject, text: `${[...lines, 'AvoPay'].map(oneLine).join('\n\n')}\n` };
}

/** Facts never break out of their line. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
