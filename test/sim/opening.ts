import type { Tx } from '../../src/lib/database.ts';
import type { PaymentId } from '../../src/lib/ids.ts';
import type { LightningRequest, OpenedInvoice } from '../../src/swaps/lightning.ts';
import type { CreateAnswer } from '../../src/swaps/provider-wire.ts';
import type { Swap, SwapOffer } from '../../src/swaps/swap.ts';
import type { Lease } from '../../src/swaps/swap-store.ts';
import type { Graph } from './node.ts';
import type { Plan } from './plan.ts';
import { sats } from '../../src/lib/money.ts';
import { Secret } from '../../src/lib/secret.ts';
import { addMs, SECOND_MS } from '../../src/lib/time.ts';
import { insertPayment } from '../../src/payments/payment-store.ts';
import { applySwapEvent, LEASE_MS } from '../../src/swaps/apply-swap-event.ts';
import { openedOf } from '../../src/swaps/asked-swap.ts';
import { askProvider } from '../../src/swaps/ask-provider.ts';
import { createAnswerWire } from '../../src/swaps/provider-wire.ts';
import { isOf, reserveSwap } from '../../src/swaps/reserve-swap.ts';
import { findSwap, releaseLease, swapsOfSubject, takeLease } from '../../src/swaps/swap-store.ts';
import { scriptFor } from './chain.ts';
import { ACCOUNT } from './plan.ts';
import { PAIR } from './provider.ts';
import { leaseDirect } from './stand-ins.ts';

/** Creates the payment of a plan, as often as its client asks: once. True when it can be paid now. */
export async function openPayment(graph: Graph, plan: Plan): Promise<boolean> {
  const createdAt = graph.node.now();
  const expiresAt = addMs(createdAt, plan.ttlMs);
  const payment = await graph.database.client.payment.findUnique({ where: { id: plan.paymentId } });
  if (payment) return true;
  const commit = (tx: Tx) => commitPayment(graph, tx, { plan, createdAt, expiresAt });
  if (!plan.hasLightning) {
    await graph.database.transact(commit);
    return true;
  }
  const { paymentId: subjectId, amountSats } = plan;
  const request = {
    accountId: ACCOUNT,
    subject: 'payment',
    subjectId,
    attempt: 0,
    amountSats: sats(amountSats),
    description: 'Coffee',
  } as const;
  return (await openInvoice(graph, { request: { ...request, expiresAt }, within: commit })) !== null;
}

export type InvoiceJob = { readonly request: LightningRequest; readonly within: (tx: Tx, opened: OpenedInvoice) => Promise<void> };

/**
 * The order of open-swap.ts, without the checks of an answer's curve arithmetic, which test/rules/verify-swap.test.ts holds.
 * Null: it cannot be paid yet, ask again.
 */
export async function openInvoice(graph: Graph, job: InvoiceJob): Promise<OpenedInvoice | null> {
  const { request } = job;
  const { claiming } = graph;
  const earlier = (await swapsOfSubject(claiming, request.subjectId)).filter((swap) => isOf(request, swap));
  const shown = earlier.map(shownOf).find((opened) => opened !== null);
  if (shown) return shown;
  const unfinished = earlier.find(({ status }) => status === 'reserved' || status === 'requested');
  if (unfinished) {
    const at = graph.node.now();
    const lease = await takeLease(claiming, unfinished.id, { at, until: addMs(at, LEASE_MS) });
    const swap = lease && (await findSwap(claiming, unfinished.id));
    if (!lease || !swap) return null;
    if (swap.status === 'reserved' || swap.status === 'requested') return finish(graph, job, { lease, swap });
    await releaseLease(claiming, lease, at);
    return shownOf(swap);
  }
  const tries = earlier.length;
  const place = { provider: 'one', terms: { pair: PAIR, expiry: { min: 60, max: 43_200 } }, tries, hintsAt: null };
  const made = await reserveSwap({ ...claiming, signer: graph.claiming.signer, recoveryRecord: async () => null }, request, place);
  return finish(graph, job, made);
}

function shownOf(swap: Swap): OpenedInvoice | null {
  return 'offer' in swap && swap.offer ? openedOf(swap, swap.offer) : null;
}

type Made = { readonly lease: Lease; readonly swap: Swap };

async function finish(graph: Graph, { request, within }: InvoiceJob, { lease, swap }: Made): Promise<OpenedInvoice | null> {
  const { claiming, provider, node } = graph;
  let nextLookAt: Date | null = addMs(node.now(), 15 * 60 * SECOND_MS);
  let isGivenBack = false;
  try {
    const answer = await askProvider(provider, swap.request);
    const offer = answer.ok ? offerFrom(swap, createAnswerWire.parse(answer.value)) : null;
    if (!answer.ok && answer.error.kind === 'no_answer') return null;
    if (!offer || offer.invoiceExpiresAt < request.expiresAt) {
      await applySwapEvent(claiming, { lease, event: { kind: 'rejected', reason: 'verification: invoice_expires_too_early' } });
      nextLookAt = null;
      return null;
    }
    const opened = openedOf(swap, offer);
    const event = { kind: 'answer_verified', offer } as const;
    const restUntil = addMs(node.now(), 10 * SECOND_MS);
    await applySwapEvent(claiming, { lease, known: swap, event, within: (tx) => within(tx, opened), restUntil });
    isGivenBack = true;
    return opened;
  } finally {
    if (!isGivenBack) await releaseLease(claiming, lease, nextLookAt);
  }
}

function offerFrom(swap: Swap, answer: CreateAnswer): SwapOffer {
  return {
    ...{ providerSwapId: answer.id, answer: new Secret(answer), invoice: answer.invoice, onchainSats: sats(BigInt(answer.onchainAmount)) },
    invoiceExpiresAt: addMs(swap.createdAt, swap.request.invoiceExpiry * SECOND_MS),
    lockupScript: scriptFor(`lockup ${answer.id} ${swap.request.preimageHash}`),
    timeoutHeight: answer.timeoutBlockHeight,
  };
}

type Creation = { readonly plan: Plan; readonly createdAt: Date; readonly expiresAt: Date };

async function commitPayment(graph: Graph, tx: Tx, { plan, createdAt, expiresAt }: Creation): Promise<void> {
  const amountSats = sats(plan.amountSats);
  const id = plan.paymentId as PaymentId; // made by newId
  await insertPayment(tx, {
    ...{ id, accountId: ACCOUNT, mode: 'live', source: 'secret', apiKeyId: null, linkId: null, visitorHash: null, quoteId: 'quo_1' },
    ...{ fiat: { minor: 100n, currency: 'EUR' }, amountSats, redirectUrl: null, metadataText: '{}', createdAt, expiresAt },
    lightning: plan.hasLightning ? 'offered' : 'none_configured',
  });
  if (plan.hasLiquid) await leaseDirect(graph.random, tx, { accountId: ACCOUNT, paymentId: id, amountSats, at: createdAt });
  const facts = { amountSats: amountSats.toString() };
  const event = {
    accountId: ACCOUNT,
    type: 'payment.created',
    subjectId: id,
    subjectVersion: 0,
    facts,
    webhookBody: null,
    at: createdAt,
  } as const;
  await graph.record(tx, event);
}
