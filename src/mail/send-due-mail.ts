import type { Database } from '../lib/database.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { SendMail } from './mail.ts';
import type { DueMail } from './mail-store.ts';
import { backoffMs } from '../lib/backoff.ts';
import { addMs, HOUR_MS, MINUTE_MS } from '../lib/time.ts';
import { mailToken } from './mail.ts';
import { markSent, postponeMail, takeDueMails } from './mail-store.ts';
import { renderMail } from './render-mail.ts';

export type SendDueMailDeps = {
  readonly database: Database;
  readonly now: Clock;
  readonly random: Random;
  readonly hash: Sealer['hash'];
  readonly log: Log;
  readonly publicUrl: string;
  readonly send: SendMail;
};

const AT_ONCE = 10;
/** Far longer than a mail server may take (`smtp-client.ts`); a worker that died has given its mails up by then. */
const LEASE_MS = 5 * MINUTE_MS;
/** 1, 2, 4 … minutes apart, at most 6 hours: about a day and a half in all. */
const ATTEMPTS_MAX = 12;
const WAIT_FIRST_MS = MINUTE_MS;
const WAIT_MAX_MS = 6 * HOUR_MS;

/**
 * Sends what is due. A crash between sending and marking sends a mail again, under the same Message-ID. Logs name the mail, never to whom it goes.
 * @returns how many were tried
 */
export async function sendDueMail(deps: SendDueMailDeps): Promise<number> {
  const at = deps.now();
  const due = await takeDueMails(deps.database, at, addMs(at, LEASE_MS), AT_ONCE);
  await Promise.all(due.map((mail) => sendOne(deps, mail)));
  return due.length;
}

async function sendOne(deps: SendDueMailDeps, mail: DueMail): Promise<void> {
  const facts = { mailId: mail.id, template: mail.template, attempt: mail.attempts };
  const rendered = renderMail(mail, { publicUrl: deps.publicUrl, token: mailToken(deps.hash, mail.id) });
  if (!rendered) {
    deps.log.error(facts, 'a mail of an unknown template is given up');
    return postponeMail(deps.database, mail, null);
  }
  const fault = await deps.send(rendered).then(
    () => null,
    (error: unknown) => ({ code: codeOf(error) }),
  );
  if (!fault) {
    await markSent(deps.database, mail, deps.now());
    return deps.log.info(facts, 'mail sent');
  }
  const isLast = mail.attempts >= ATTEMPTS_MAX;
  const chance = (deps.random(1)[0] ?? 0) / 256;
  const wait = backoffMs(mail.attempts - 1, WAIT_FIRST_MS, WAIT_MAX_MS, chance);
  await postponeMail(deps.database, mail, isLast ? null : addMs(deps.now(), wait));
  deps.log.warn({ ...facts, ...fault }, isLast ? 'a mail is given up' : 'a mail was not taken');
}

/** Mail servers repeat addresses in their words: only the short code is kept. */
function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code).slice(0, 40) : 'unknown';
}
