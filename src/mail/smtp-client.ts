import type { Secret } from '../lib/secret.ts';
import type { RenderedMail, SendMail } from './mail.ts';
import { createTransport } from 'nodemailer';
import { SECOND_MS } from '../lib/time.ts';

/** A mail server that is slower than this is taken for away; the mail is tried again later. */
const TIMEOUT_MS = 20 * SECOND_MS;
/** Mails of one process at a time; mail servers refuse more. */
const CONNECTIONS_MAX = 2;
const HEADER_BREAK = /[\r\n\0]/;

export type Smtp = { readonly send: SendMail; readonly close: () => void };

/** Sends by the operator's mail server; beyond this machine only over TLS. */
export function smtpClient(url: Secret<string>, from: string): Smtp {
  const { protocol, hostname, port, username, password } = new URL(url.reveal());
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    host: hostname,
    secure: protocol === 'smtps:',
    requireTLS: protocol === 'smtp:' && !isHere,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const host = /@([a-z0-9.-]+)>?$/i.exec(from)?.[1] ?? 'localhost';
  return {
    send: async (mail) => {
      assertHeaders(mail);
      const { id, to, subject, text } = mail;
      await transport.sendMail({ from, to: { name: '', address: to }, subject, text, messageId: `<${id}@${host}>` });
    },
    close: () => transport.close(),
  };
}

/** What could start a header of its own never reaches the wire, whoever wrote it. */
function assertHeaders({ to, subject }: RenderedMail): void {
  if (HEADER_BREAK.test(to) || HEADER_BREAK.test(subject)) throw new Error('a mail header holds a line break');
}
