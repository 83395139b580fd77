import type { JsonReply } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { monotonicMs, pause } from '../../src/lib/time.ts';
import { callJson, eventually } from '../support/avopay.ts';

/** What clients were told, and what payers paid: figures are held to this, whatever the database says. */
export type Told = {
  /** By payment: the furthest status that any client was answered. */
  readonly statuses: Map<string, string>;
  /** Payments whose payer's money has left. */
  readonly paid: Set<string>;
  /** Answers that contradict an earlier one, as sentences. */
  readonly contradictions: string[];
};

/** `pending` may become either of the others; neither of those may become anything else. */
export const RANK: { readonly [status: string]: number } = { pending: 0, expired: 1, paid: 1 };

/** A client hangs up after this, and asks again. */
const ANSWER_MS = 10_000;
const ASK_AGAIN_MS = 150;
/** How long a client that means it goes on asking while everything is killed around it. */
const PATIENCE_MS = 300_000;
/** A shopper looks at the page for so long; whoever is not served by then is counted at the end. */
const WATCH_MS = 15_000;
const WATCH_EVERY_MS = 400;
/** One in so many clients has lost its answer, and sends the same order again. */
const SENT_AGAIN = 4;

export type Payers = {
  readonly told: Told;
  readonly payOne: (number: number) => Promise<void>;
  readonly read: (id: string) => Promise<Json>;
};

export function makePayers(world: Pick<ChaosWorld, 'urls' | 'demo' | 'sandbox'>): Payers {
  const told: Told = { statuses: new Map(), paid: new Set(), contradictions: [] };
  let turn = 0;
  const call = async (method: string, path: string, options: { body?: unknown; headers?: Record<string, string> } = {}) => {
    const url = world.urls[turn++ % world.urls.length] ?? '';
    const { body, headers = {} } = options;
    return within(ANSWER_MS, callJson(url + path, { method, body, key: world.demo.secret_key, headers }));
  };
  const insist = async (step: string, wanted: number, ask: () => Promise<JsonReply>): Promise<Json> => {
    let last = '';
    for (const until = monotonicMs() + PATIENCE_MS; monotonicMs() < until; await pause(ASK_AGAIN_MS)) {
      const reply = await ask().catch((error: unknown) => String(error));
      if (typeof reply !== 'string' && reply.status === wanted) return reply.body;
      last = typeof reply === 'string' ? reply : `${reply.status} ${reply.text}`;
    }
    throw new Error(`${step}: ${last}`);
  };
  const note = (id: string, status: string) => {
    const before = told.statuses.get(id);
    if (before !== undefined && before !== 'pending' && before !== status) told.contradictions.push(`${id} was ${before}, then ${status}`);
    if (before === undefined || (RANK[status] ?? 0) >= (RANK[before] ?? 0)) told.statuses.set(id, status);
  };
  const read = async (id: string) => {
    const body = await insist(`read ${id}`, 200, () => call('GET', `/api/v1/payments/${id}`));
    note(id, body.status);
    return body;
  };
  const payOne = async (number: number) => {
    const order = { body: { amount: 2 + (number % 9), currency: 'EUR' }, headers: { 'idempotency-key': `order-${number}` } };
    const create = () => insist(`create ${number}`, 201, () => call('POST', '/api/v1/payments', order));
    const id: string = (await create()).payment_id;
    note(id, 'pending');
    if (number % SENT_AGAIN === 0) {
      const again = (await create()).payment_id;
      if (again !== id) told.contradictions.push(`order-${number} is ${id}, then ${again}`);
    }
    await payAsAsked(world, await read(id), number % 2 === 1);
    told.paid.add(id);
    await eventually(async () => (await read(id)).status === 'paid' || pause(WATCH_EVERY_MS), WATCH_MS).catch(() => undefined);
  };
  return { told, payOne, read };
}

/** The far side stands outside of what is killed: what it has answered is so, and is asked once. */
async function payAsAsked({ sandbox }: Pick<ChaosWorld, 'sandbox'>, page: Json, wantsLiquid: boolean): Promise<void> {
  const { lightning_invoice: invoice, liquid_address: address, amount_sats } = page;
  if ((wantsLiquid || !invoice) && address) return void (await sandbox('POST', '/send', { address, amount_sats }));
  const paid = await sandbox('POST', '/pay', { invoice });
  if (!['held', 'settled'].includes(paid.status)) throw new Error(`${page.payment_id} could not be paid: ${JSON.stringify(paid)}`);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = pause(ms, stop.signal).then(() => Promise.reject(new Error(`no answer within ${ms} ms`)));
  late.catch(() => undefined); // the answer came first
  return Promise.race([work, late]).finally(() => stop.abort());
}
