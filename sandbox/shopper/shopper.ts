import type { Clock } from '../../src/lib/time.ts';
import type { Journal } from '../journal.ts';
import type { ReadInvoice } from '../provider/bolt11-invoice.ts';
import type { HeldPayment, Provider } from '../provider/start-provider.ts';
import type { Behaviour } from './behaviour.ts';
import { SECOND_MS, monotonicMs, pause } from '../../src/lib/time.ts';
import { openJournal } from '../journal.ts';
import { partAmounts } from './behaviour.ts';

/** What became of a payment, from the payer's side. `held` covers the way there: the shopper has not got the money back. */
export type PayStatus = {
  readonly status: 'held' | 'settled' | 'refunded' | 'failed';
  readonly preimage?: string;
  /** Why it failed, in the words of the payer's wallet. */
  readonly reason?: string;
};

/** The last attempt at an invoice. A journal line is one whole attempt; the last line of a hash counts. */
type Attempt = {
  readonly paymentHash: string;
  readonly paymentSecret: string;
  readonly amountMsat: string;
  readonly behaviour: Behaviour;
  readonly dueMs: number;
  readonly state: 'planned' | 'sent' | 'failed';
  readonly reason: string | null;
};

type ShopperProvider = Pick<Provider, 'payment' | 'receivePart' | 'onPayment'>;

/** How long an answer waits for the payment to get somewhere. */
const ANSWER_WAIT_MS = 5 * SECOND_MS;

/** The shopper's Lightning wallet: it has no end of money, and remembers what it paid across restarts. */
export class Shopper {
  readonly #provider: ShopperProvider;
  readonly #journal: Journal<Attempt>;
  readonly #now: Clock;
  readonly #attempts = new Map<string, Attempt>();
  readonly #sending = new Map<string, Promise<void>>();
  readonly #waiting = new Set<() => void>();

  private constructor(provider: ShopperProvider, journal: Journal<Attempt>, now: Clock) {
    this.#provider = provider;
    this.#journal = journal;
    this.#now = now;
    for (const attempt of journal.entries) this.#attempts.set(attempt.paymentHash, attempt);
    provider.onPayment(() => this.#wake());
  }

  static async open(options: { path: string; provider: ShopperProvider; now: Clock }): Promise<Shopper> {
    return new Shopper(options.provider, await openJournal<Attempt>(options.path), options.now);
  }

  /** Pays, and tells how far it got within five seconds. An invoice that is paid, or on its way, is not paid again: `failed`. */
  async pay(invoice: ReadInvoice, behaviour: Behaviour): Promise<PayStatus> {
    const { paymentHash, paymentSecret } = invoice;
    const before = this.status(paymentHash);
    if (before && before.status !== 'failed') return { status: 'failed', reason: 'this invoice is already paid or on its way' };
    const dueMs = this.#now().getTime() + behaviour.delayMs;
    const amountMsat = invoice.amountMsat.toString();
    const attempt: Attempt = { paymentHash, paymentSecret, amountMsat, behaviour, dueMs, state: 'planned', reason: null };
    this.#attempts.set(paymentHash, attempt); // at once, so that a second call finds it
    await this.#journal.append(attempt);
    if (behaviour.delayMs > ANSWER_WAIT_MS) return { status: 'held' };
    await this.runDue();
    return this.#waitFor(paymentHash);
  }

  /** Null: never paid. */
  status(paymentHash: string): PayStatus | null {
    const attempt = this.#attempts.get(paymentHash);
    if (!attempt) return null;
    if (attempt.state === 'planned') return { status: 'held' };
    if (attempt.state === 'failed') return { status: 'failed', ...(attempt.reason === null ? {} : { reason: attempt.reason }) };
    return fromNode(this.#provider.payment(paymentHash));
  }

  /** When the next planned payment leaves. */
  nextDue(): Date | null {
    const planned = [...this.#attempts.values()].filter(({ state }) => state === 'planned').map(({ dueMs }) => dueMs);
    return planned.length === 0 ? null : new Date(Math.min(...planned));
  }

  /** Sends what is due, and what a crash left unsent. */
  async runDue(): Promise<void> {
    const nowMs = this.#now().getTime();
    const due = [...this.#attempts.values()].filter(({ state, dueMs }) => state === 'planned' && dueMs <= nowMs);
    await Promise.all(due.map((attempt) => this.#sendOnce(attempt)));
  }

  async close(): Promise<void> {
    this.#wake();
    await Promise.allSettled(this.#sending.values());
    await this.#journal.close();
  }

  #sendOnce(attempt: Attempt): Promise<void> {
    const running = this.#sending.get(attempt.paymentHash);
    if (running) return running;
    const sending = this.#send(attempt).finally(() => this.#sending.delete(attempt.paymentHash));
    this.#sending.set(attempt.paymentHash, sending);
    return sending;
  }

  /** Parts that the node already holds were sent before a crash: they are not sent again. */
  async #send(attempt: Attempt): Promise<void> {
    const totalMsat = BigInt(attempt.amountMsat);
    const held = this.#provider.payment(attempt.paymentHash)?.state ?? 'none';
    for (const amountMsat of held === 'none' ? partAmounts(totalMsat, attempt.behaviour) : []) {
      const { paymentHash, paymentSecret } = attempt;
      const answer = await this.#provider.receivePart({ paymentHash, paymentSecret, amountMsat, totalMsat });
      if (!answer.kept) return this.#save({ ...attempt, state: 'failed', reason: answer.reason });
    }
    await this.#save({ ...attempt, state: 'sent' });
  }

  async #save(attempt: Attempt): Promise<void> {
    await this.#journal.append(attempt);
    this.#attempts.set(attempt.paymentHash, attempt);
    this.#wake();
  }

  async #waitFor(paymentHash: string): Promise<PayStatus> {
    const deadline = monotonicMs() + ANSWER_WAIT_MS;
    for (;;) {
      const status = this.status(paymentHash) ?? { status: 'failed' };
      const leftMs = deadline - monotonicMs();
      if (status.status !== 'held' || leftMs <= 0) return status;
      await this.#nextChange(leftMs);
    }
  }

  async #nextChange(waitMs: number): Promise<void> {
    const stop = new AbortController();
    const wake = () => stop.abort();
    this.#waiting.add(wake);
    await pause(waitMs, stop.signal).catch(() => undefined); // woken: somebody's payment changed
    this.#waiting.delete(wake);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

function fromNode(held: HeldPayment | null): PayStatus {
  if (held?.state === 'held' || held?.state === 'partial') return { status: 'held' };
  if (held?.state === 'settled') return { status: 'settled', ...(held.preimage === null ? {} : { preimage: held.preimage }) };
  if (held?.state === 'cancelled') return { status: 'refunded' };
  return { status: 'failed', reason: 'not all parts of the payment arrived' };
}
