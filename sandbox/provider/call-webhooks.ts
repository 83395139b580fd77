import type { HttpCall } from '../../src/lib/http-client.ts';
import type { Clock } from '../../src/lib/time.ts';
import type { FaultSource } from '../faults/faults.ts';
import type { SwapBook } from './swap-book.ts';
import type { Swap } from './swap.ts';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { MINUTE_MS, SECOND_MS, addMs } from '../../src/lib/time.ts';
import { isNews } from './swap.ts';

/** Of the API: a call has 15 s; a failed one is repeated every 60 s with the status of that moment, five times in all. */
const CALL_TIMEOUT_MS = 15 * SECOND_MS;
const RETRY_EVERY_MS = MINUTE_MS;
const TRIES_MAX = 5;

/** Calls the webhooks of swaps, at best effort: what fails is repeated a few times, what waits is forgotten at a restart. */
export type WebhookCaller = {
  nextDue(): Date | null;
  runDue(): Promise<void>;
  close(): void;
};

type Deps = { readonly book: SwapBook; readonly http: HttpCall; readonly now: Clock; readonly faults: FaultSource };
type Failed = { readonly swapId: string; readonly tries: number; readonly dueAt: Date };

export function startWebhookCaller(deps: Deps): WebhookCaller {
  const failed = new Map<string, Failed>();
  const attempt = async (swap: Swap, tries: number): Promise<void> => {
    if (!swap.webhook || !wants(swap)) return void failed.delete(swap.id);
    const { provider } = deps.faults.current();
    if (provider === 'webhook_lost') return void failed.delete(swap.id);
    if (provider === 'webhook_twice') await call(deps.http, swap, swap.webhook);
    const done = await call(deps.http, swap, swap.webhook);
    if (done || tries + 1 >= TRIES_MAX) failed.delete(swap.id);
    else failed.set(swap.id, { swapId: swap.id, tries: tries + 1, dueAt: addMs(deps.now(), RETRY_EVERY_MS) });
  };
  const stop = deps.book.onSwap((swap, before) => {
    if (swap.webhook && isNews(swap, before)) void attempt(swap, 0);
  });
  return {
    nextDue: () =>
      [...failed.values()].map(({ dueAt }) => dueAt).reduce<Date | null>((first, at) => (first && first <= at ? first : at), null),
    async runDue() {
      const due = [...failed.values()].filter(({ dueAt }) => dueAt <= deps.now());
      await Promise.all(
        due.map(async ({ swapId, tries }) => {
          const swap = deps.book.byId(swapId);
          if (swap) await attempt(swap, tries);
        }),
      );
    },
    close: () => void stop(),
  };
}

function wants(swap: Swap): boolean {
  return !swap.webhook?.status || swap.webhook.status.includes(swap.status);
}

async function call(http: HttpCall, swap: Swap, webhook: NonNullable<Swap['webhook']>): Promise<boolean> {
  const id = webhook.hashSwapId ? toHex(sha256(swap.id)) : swap.id;
  const json = { event: 'swap.update', data: { id, status: swap.status } };
  try {
    const { status } = await http({ method: 'POST', url: webhook.url, json, timeoutMs: CALL_TIMEOUT_MS });
    return status >= 200 && status < 300;
  } catch {
    return false; // whatever went wrong with the receiver: it is called again
  }
}
