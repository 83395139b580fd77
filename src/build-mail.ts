import type { Database } from './lib/database.ts';
import type { Log } from './lib/log.ts';
import type { Random } from './lib/random.ts';
import type { Sealer } from './lib/sealed.ts';
import type { Clock } from './lib/time.ts';
import type { SendMail } from './mail/mail.ts';
import type { Jobs } from './worker.ts';
import { mailToken } from './mail/mail.ts';
import { listSentMails } from './mail/mail-store.ts';
import { renderMail } from './mail/render-mail.ts';
import { sendDueMail } from './mail/send-due-mail.ts';

export type MailParts = {
  readonly now: Clock;
  readonly random: Random;
  readonly hash: Sealer['hash'];
  readonly log: Log;
  readonly database: Database;
  readonly publicUrl: string;
  readonly sendMail: SendMail | null;
};

/** What the sandbox shows; older ones are forgotten there. */
const SHOWN_MAX = 200;

/** The job that sends mails, and what the sandbox shows instead of a mailbox. */
export function buildMail(parts: MailParts): { readonly jobs: Jobs; readonly read: () => Promise<readonly object[]> } {
  const { sendMail: send, database, publicUrl, hash } = parts;
  return {
    jobs: send ? { mail: () => sendDueMail({ ...parts, send }) } : {},
    read: async () => {
      const sent = await listSentMails(database, SHOWN_MAX);
      return sent.flatMap((mail) => {
        const rendered = renderMail(mail, { publicUrl, token: mailToken(hash, mail.id) });
        return rendered ? [{ ...rendered, template: mail.template, sent_at: mail.sentAt.toISOString() }] : [];
      });
    },
  };
}
