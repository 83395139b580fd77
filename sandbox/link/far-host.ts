import type { Log } from '../../src/lib/log.ts';
import type { SandboxHost } from '../control/sandbox-host.ts';
import type { Ask, FromProduct, FromSandbox } from './link-wire.ts';
import { z } from 'zod';
import { hostAccount, mails, webhookAnswer } from './link-wire.ts';

/** The process at the other end went away before it answered. What was asked may have happened. */
class LinkLost extends Error {}

type Waiting = { readonly done: (value: unknown) => void; readonly failed: (error: Error) => void };

/** A host at the other end of a link: each of its methods is a question that waits for its answer. */
export class FarHost {
  readonly #send: (message: FromSandbox) => void;
  readonly #log: Log;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #isLost = false;

  constructor(send: (message: FromSandbox) => void, log: Log) {
    this.#send = send;
    this.#log = log;
  }

  readonly host: SandboxHost = {
    createAccount: async (order) => hostAccount.parse(await this.#ask({ name: 'createAccount', order })),
    connectWallet: async (accountId, descriptor) => void (await this.#ask({ name: 'connectWallet', accountId, descriptor })),
    setWebhook: async (accountId, url, secret) => webhookAnswer.parse(await this.#ask({ name: 'setWebhook', accountId, url, secret })),
    knowsAccount: async (accountId) => z.boolean().parse(await this.#ask({ name: 'knowsAccount', accountId })),
    readMails: async () => mails.parse(await this.#ask({ name: 'readMails' })),
    /** Time goes on without a process that died meanwhile. */
    runDue: async () => {
      await this.#ask({ name: 'runDue' }).catch((error: unknown) => {
        if (!(error instanceof LinkLost)) throw error;
        this.#log.warn({}, 'a server went away while it did what was due');
      });
    },
  };

  take(message: Exclude<FromProduct, { kind: 'attach' }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'done') waiting?.done(message.value);
    else waiting?.failed(new Error(message.reason));
  }

  lose(): void {
    this.#isLost = true;
    for (const { failed } of this.#waiting.values()) failed(new LinkLost('the AvoPay server went away'));
    this.#waiting.clear();
  }

  #ask(ask: Ask): Promise<unknown> {
    return new Promise((done, failed) => {
      if (this.#isLost) return failed(new LinkLost('the AvoPay server went away'));
      const id = ++this.#asked;
      this.#waiting.set(id, { done, failed });
      this.#send({ kind: 'ask', id, ask });
    });
  }
}
