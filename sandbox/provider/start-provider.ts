import type { ErrorRequestHandler, Express } from 'express';
import type { Log } from '../../src/lib/log.ts';
import type { Clock } from '../../src/lib/time.ts';
import type { Chain, ChainWallet } from '../chain/chain.ts';
import type { FaultSource } from '../faults/faults.ts';
import type { ProviderDeps } from './provider-deps.ts';
import type { PartAnswer, PaymentPart } from './receive-payment.ts';
import type { Htlc, Swap } from './swap.ts';
import { createServer } from 'node:http';
import express from 'express';
import { httpCall } from '../../src/lib/http-client.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { MINUTE_MS } from '../../src/lib/time.ts';
import { loadZkp } from '../elements/zkp.ts';
import { NO_FAULTS } from '../faults/faults.ts';
import { hasNoRefund } from '../faults/lie-at-lockup.ts';
import { refuseConnections, serverFault } from '../faults/provider-faults.ts';
import { startWebhookCaller } from './call-webhooks.ts';
import { chainRoutes } from './chain-routes.ts';
import { makeCooperativeSigner } from './cooperative-signer.ts';
import { followSwap } from './follow-swap.ts';
import { makeKeyedQueue } from './keyed-queue.ts';
import { listen } from './listen.ts';
import { ProviderError } from './provider-error.ts';
import { receivePart } from './receive-payment.ts';
import { SwapBook } from './swap-book.ts';
import { swapRoutes } from './swap-routes.ts';
import { serveSwapSocket } from './swap-socket.ts';

/** What the payer's node sees of a payment to this provider. */
export type HeldPayment = { readonly state: Htlc['state']; readonly preimage: string | null };

/** A running provider: the Boltz API v2 on loopback, and its Lightning node. */
export type Provider = {
  /** Ends with `/v2`. */
  readonly url: string;
  readonly port: number;
  receivePart(part: PaymentPart): Promise<PartAnswer>;
  /** Null: no invoice of this node. */
  payment(paymentHash: string): HeldPayment | null;
  /** Called with the payment hash after the payer's money was held, settled or sent back. */
  onPayment(listener: (paymentHash: string) => void): void;
  /** When time alone changes something next. */
  nextDue(): Date | null;
  /** The next block height that changes something. */
  nextHeight(): number | null;
  /** Does everything that time and chain allow now. */
  runDue(): Promise<void>;
  close(): Promise<void>;
};

export type ProviderOptions = {
  readonly folder: string;
  readonly chain: Chain;
  readonly wallet: ChainWallet;
  readonly now: Clock;
  readonly log: Log;
  readonly host: string;
  readonly port: number;
  readonly faults?: FaultSource;
};

/** A broadcast of the largest standard transaction (400,000 weight) is 800 kB of hex. */
const BODY_LIMIT = '1mb';
/** The provider looks for expired invoices once a minute. */
const EXPIRY_CHECK_MS = MINUTE_MS;

export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const { chain, wallet, now, log, faults = NO_FAULTS } = options;
  const book = await SwapBook.open(`${options.folder}/provider.jsonl`, systemRandom);
  const zkp = await loadZkp();
  const signer = makeCooperativeSigner(zkp, systemRandom);
  const deps: ProviderDeps = { book, chain, wallet, signer, zkp, inTurn: makeKeyedQueue(), now, random: systemRandom, log, faults };
  const webhooks = startWebhookCaller({ book, http: httpCall, now, faults });
  const server = createServer(makeApp(deps));
  const sockets = serveSwapSocket(server, deps);
  const followAll = async () => void (await Promise.all(book.unsettled().map(({ id }) => followSwap(deps, id))));
  await followAll();
  chain.onBlock(() => void followAll());
  chain.onTransaction(() => void followSpent(deps));
  const listening = await listen(server, options);
  await refuseConnections(server, faults, { host: options.host, port: listening.port });
  faults.onChange(() => void followAll()); // what a fault held up
  return {
    url: `${listening.url}/v2`,
    port: listening.port,
    receivePart: (part) => receivePart(deps, part),
    payment: (hash) => paymentView(book.byPreimageHash(hash)),
    onPayment: (listener) => void book.onSwap((swap, before) => before?.htlc.state !== swap.htlc.state && listener(swap.preimageHash)),
    nextDue: () => earliest([...book.unsettled().map(dueAt), webhooks.nextDue()]),
    nextHeight: () => nextHeight(book.unsettled(), chain.height()),
    async runDue() {
      await followAll();
      await webhooks.runDue();
    },
    async close() {
      webhooks.close();
      sockets.close();
      await listening.close();
      await book.close();
    },
  };
}

function makeApp(deps: ProviderDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(serverFault(deps.faults), express.json({ limit: BODY_LIMIT }));
  app.use('/v2', swapRoutes(deps), chainRoutes(deps.chain));
  app.use((_request, response) => void response.status(404).json({ error: 'not found' }));
  app.use(answerError(deps.log));
  return app;
}

/** Express knows an error handler by its four parameters. */
function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (error instanceof ProviderError) return void response.status(error.status).json({ error: error.message });
    const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
    if (status >= 500) log.error({ error }, 'the provider failed to answer');
    response.status(status).json({ error: status < 500 && error instanceof Error ? error.message : 'internal error' });
  };
}

/** A claim by the script path shows the preimage: whose lockup was just spent? */
async function followSpent(deps: ProviderDeps): Promise<void> {
  const spent = deps.book.unsettled().filter(({ lockup }) => lockup && deps.chain.spender(lockup.txid, lockup.vout));
  await Promise.all(spent.map(({ id }) => followSwap(deps, id)));
}

function paymentView(swap: Swap | null): HeldPayment | null {
  return swap && { state: swap.htlc.state, preimage: swap.htlc.state === 'settled' ? swap.preimage : null };
}

function dueAt(swap: Swap): Date | null {
  if (swap.takeBackMs !== null) return new Date(swap.takeBackMs);
  if (swap.htlc.state === 'partial') return new Date(swap.htlc.partsDueMs);
  if (swap.status !== 'swap.created' || swap.htlc.state !== 'none') return null;
  return new Date(Math.ceil(swap.invoiceExpiresMs / EXPIRY_CHECK_MS) * EXPIRY_CHECK_MS);
}

/** Unconfirmed lockups and refunds wait for the next block, everything else for its timeout. */
function nextHeight(swaps: readonly Swap[], height: number): number | null {
  const heights = swaps.map((swap) => {
    const waitsForBlock = swap.refund !== null || (swap.status === 'transaction.mempool' && !hasNoRefund(swap));
    return waitsForBlock ? height + 1 : Math.max(swap.timeoutBlockHeight, height + 1);
  });
  return heights.length === 0 ? null : Math.min(...heights);
}

function earliest(dates: readonly (Date | null)[]): Date | null {
  return dates.reduce<Date | null>((first, at) => (at && (!first || at < first) ? at : first), null);
}
