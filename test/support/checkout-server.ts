import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SubscribePayload } from 'graphql-ws';
import type { CheckoutData } from '../../src/pages.ts';
import type { LinkDoor, LinkPaid } from '../../src/link-page.ts';
import type { LinkData } from '../../web/link/contract.ts';
import { EventEmitter, on } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import express from 'express';
import { buildSchema, execute, parse, subscribe, validate } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { textOf } from '../../schema/persisted.ts';
import { mountPages } from '../../src/pages.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { addMs, systemClock } from '../../src/lib/time.ts';
import { ensureWebBuilt } from './web-build.ts';

export const PAYMENT_ID = 'pmt_0123456789abcdefghjkmnpqrs';
const VECTORS: { readonly valid: readonly { readonly prefix: string; readonly invoice: string }[] } = JSON.parse(
  readFileSync(new URL('../vectors/bolt11.json', import.meta.url), 'utf8'),
);
export const INVOICE = VECTORS.valid.find(({ prefix }) => prefix === 'bcrt')?.invoice ?? '';
export const LIQUID = {
  address: 'VJL91DTj36BbkwA8Rkpv4ESgxGKQpyAPMey39HTfuBVYd3CPcasCGNWgt8QimrGRcqo6RVbju7Mdwz5V',
  uri: 'liquidnetwork:VJL91DTj36BbkwA8Rkpv4ESgxGKQpyAPMey39HTfuBVYd3CPcasCGNWgt8QimrGRcqo6RVbju7Mdwz5V?amount=0.00062341&assetid=6f0279e9ed041c3d710a9f57d0c02928416460c4b722ae3457a11eec381c526d',
  amountLbtc: '0.00062341',
  assetId: '6f0279e9ed041c3d710a9f57d0c02928416460c4b722ae3457a11eec381c526d',
};

/** A pending payment of €49.99 with ten minutes left at `at`. */
export function pendingPayment(at: Date): CheckoutData {
  const expiresAt = addMs(at, 600_000).toISOString();
  return {
    paymentId: PAYMENT_ID,
    status: 'PENDING',
    merchant: { name: 'Alba Coffee Roasters', logoUrl: null, brandColour: null },
    title: 'Order 1042 · 2 bags of beans',
    linkId: null,
    mode: 'LIVE',
    amountFiat: '49.99',
    currency: 'EUR',
    amountSats: '62341',
    receivedSats: '0',
    lightning: { invoice: INVOICE, uri: `lightning:${INVOICE}`, expiresAt },
    liquid: null,
    lightningState: 'OFFERED',
    liquidState: 'NOT_CONFIGURED',
    expiresAt,
    serverTime: at.toISOString(),
    paidAt: null,
    method: null,
    txid: null,
    late: false,
    exception: null,
    redirectUrl: null,
    backUrl: null,
  };
}

export const LINK_ID = 'lnk_0123456789abcdefghjkmnpqrt';
/** An open link in euros of which one euro is the least. */
export const OPEN_LINK: LinkData = {
  id: LINK_ID,
  title: 'Coffee tip',
  description: 'For everybody behind the counter.\nThank you!',
  amountFiat: null,
  currency: 'EUR',
  status: 'ACTIVE',
  mode: 'LIVE',
  merchant: { name: 'Alba Coffee Roasters', logoUrl: null, brandColour: null },
  minimumFiat: '0.81',
  approximateSats: null,
};

/** The pages over real sockets, with one payment that the test changes. */
export type CheckoutServer = {
  readonly url: string;
  readonly payUrl: string;
  /** Changes the payment; `announce` says so on the socket, as a commit would. */
  readonly change: (patch: Partial<CheckoutData>, announce?: boolean) => void;
  /** What the page of LINK_ID shows from now on, and what paying it answers. */
  readonly changeLink: (link: LinkData, answer: LinkPaid) => void;
  /** The amounts that were asked for at the link. */
  readonly linkAmounts: readonly (string | null)[];
  readonly now: () => Date;
  /** Closes every socket; while blocked, new ones are refused. */
  readonly blockSockets: (blocked: boolean) => void;
  /** While silent, a subscription is accepted and says nothing, not even the state at its start. */
  readonly silenceSubscriptions: (silent: boolean) => void;
  readonly failLoading: (fails: boolean) => void;
  readonly statusLooks: () => number;
  readonly subscriptions: () => number;
  readonly shopperInvoices: readonly string[];
  readonly close: () => Promise<void>;
};

const SDL = `
  type Checkout { status: String! redirectUrl: String serverTime: String! expiresAt: String! paidAt: String exception: String receivedSats: String! }
  type Query { ok: Boolean }
  type Subscription { checkout(paymentId: ID!): Checkout! }`;

export async function startCheckoutServer(options: { readonly sandbox?: boolean } = {}): Promise<CheckoutServer> {
  await ensureWebBuilt();
  const now = systemClock;
  let payment = pendingPayment(now());
  let failing = false;
  let silent = false;
  let looks = 0;
  let subscriptions = 0;
  const shopperInvoices: string[] = [];
  const links = scriptedLinks();
  const changes = new EventEmitter();
  const current = () => ({ ...payment, serverTime: now().toISOString() });

  const app = express();
  const http = createServer(app);
  const url = await listen(http);
  app.use('/pay/:id/status', (_request, _response, next) => {
    looks++;
    next();
  });
  app.post('/sandbox/pay', express.json(), (request, response) => {
    shopperInvoices.push(request.body.invoice);
    response.json({ payment_hash: '00'.repeat(32), status: 'held' });
  });
  mountPages(app, {
    ...{ publicUrl: url, apiUrl: url },
    sandbox: options.sandbox ?? false,
    now,
    ...{ random: systemRandom, links: links.door, addressOf: () => '127.0.0.1' },
    async loadCheckout(id) {
      if (failing) throw new Error('the database is away');
      return id === payment.paymentId ? current() : null;
    },
  });

  async function* follow() {
    subscriptions++;
    const heard = on(changes, 'change');
    if (!silent) yield { checkout: current() };
    for await (const _ of heard) if (!silent) yield { checkout: current() };
  }
  const sockets = serveSockets(http, follow);

  return {
    url,
    payUrl: `${url}/pay/${PAYMENT_ID}`,
    change(patch, announce = true) {
      payment = { ...payment, ...patch };
      if (announce) changes.emit('change');
    },
    ...{ changeLink: links.change, linkAmounts: links.amounts },
    now,
    blockSockets(next) {
      sockets.block(next);
    },
    silenceSubscriptions(next) {
      silent = next;
    },
    failLoading(fails) {
      failing = fails;
    },
    statusLooks: () => looks,
    subscriptions: () => subscriptions,
    shopperInvoices,
    async close() {
      await sockets.close();
      await stopListening(http);
    },
  };
}

/** One link that the test changes, and what paying it answers. */
function scriptedLinks() {
  const amounts: (string | null)[] = [];
  let link = OPEN_LINK;
  let answer: LinkPaid = { paymentId: PAYMENT_ID };
  const door: LinkDoor = {
    load: async (id) => (id === link.id ? link : null),
    pay: async ({ amount }) => {
      amounts.push(amount);
      return answer;
    },
  };
  const change = (next: LinkData, answers: LinkPaid) => {
    link = next;
    answer = answers;
  };
  return { door, amounts, change };
}

async function listen(http: Server): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`; // listening on TCP, so it is an AddressInfo
}

async function stopListening(http: Server): Promise<void> {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
}

type Sockets = { readonly block: (blocked: boolean) => void; readonly close: () => Promise<void> };

function serveSockets(http: Server, follow: () => AsyncGenerator<unknown>): Sockets {
  const server = new WebSocketServer({ noServer: true });
  let blocked = false;
  const drop = () => {
    for (const client of server.clients) client.terminate();
  };
  http.on('upgrade', (request, socket, head) => {
    if (blocked) return socket.destroy();
    server.handleUpgrade(request, socket, head, (opened) => server.emit('connection', opened, request));
  });
  const schema = buildSchema(SDL);
  // The functions come from the same copy of the package as the schema: the library would take another one here.
  const onSubscribe = (_socket: unknown, _id: string, payload: SubscribePayload) => {
    const document = parse(String(textOf(payload))); // the page names its operation by a hash
    return { schema, document, variableValues: payload.variables, rootValue: { checkout: follow } };
  };
  const using = useServer({ execute, subscribe, validate, onSubscribe }, server);
  return {
    block(next) {
      blocked = next;
      if (next) drop();
    },
    async close() {
      drop();
      await using.dispose();
    },
  };
}

/** What a payment is after the shop was paid at `at`. */
export function paidPatch(at: Date, redirectUrl: string | null): Partial<CheckoutData> {
  return { status: 'PAID', method: 'LIGHTNING', txid: 'c0'.repeat(32), paidAt: at.toISOString(), redirectUrl };
}
