import type { UseCases } from '../schema/context.ts';
import type { LinkId, PaymentId } from './lib/ids.ts';
import type { Core } from './build-core.ts';
import type { BuiltKeys } from './build-keys.ts';
import type { ChainSource } from './liquid/chain-source.ts';
import type { ProofPool } from './liquid/proof-pool.ts';
import type { CreatePaymentDeps, PaymentOrder } from './payments/create-payment.ts';
import type { AlsoInCommit } from './payments/run-once.ts';
import type { Direct } from './direct-payments.ts';
import type { FollowLightningDeps } from './payments/follow-lightning.ts';
import type { SwapBackend } from './swaps/make-lightning-backend.ts';
import type { CurrentRate } from './rates/current-rate.ts';
import type { Jobs, Paces } from './worker.ts';
import type { World } from './world.ts';
import { relayEvents } from '../subscriptions/relay.ts';
import { auditBooks, nightlyAudit } from './audit/audit-books.ts';
import { findAccount } from './accounts/account-store.ts';
import { buildCore } from './build-core.ts';
import { buildExports } from './build-exports.ts';
import { buildKeys } from './build-keys.ts';
import { buildLinks } from './build-links.ts';
import { buildLogos } from './build-logos.ts';
import { countClaims, countFaults, timed } from './build-metrics.ts';
import { buildPlans, followSubjects } from './build-plans.ts';
import { hintHandles } from './hint-handles.ts';
import { buildMail } from './build-mail.ts';
import { buildPeople } from './build-people.ts';
import { buildRates } from './build-rates.ts';
import { buildRetention } from './build-retention.ts';
import { buildRecovery, makeRecoveryRecords } from './build-recovery.ts';
import { buildWallets } from './build-wallets.ts';
import { buildWebhooks } from './build-webhooks.ts';
import { buildDirect } from './direct-payments.ts';
import { RELAY_BATCH } from './events/outbox.ts';
import { gather } from './lib/gather.ts';
import { httpCall } from './lib/http-client.ts';
import { newId } from './lib/ids.ts';
import { SECOND_MS } from './lib/time.ts';
import { sats } from './lib/money.ts';
import { inBulk } from './lib/random.ts';
import { esploraClient } from './liquid/esplora-client.ts';
import { liquidNetwork } from './liquid/network.ts';
import { startProofPool } from './liquid/proof-pool.ts';
import { rememberContents } from './liquid/remember-contents.ts';
import { rememberOpened } from './liquid/remember-opened.ts';
import { shareTip } from './liquid/shared-tip.ts';
import { createPayment } from './payments/create-payment.ts';
import { endAllLeases } from './payments/idempotency.ts';
import { expirePayments } from './payments/expire-payments.ts';
import { liquidPayment } from './payments/follow-liquid.ts';
import { followLightning, mayAcceptLightning } from './payments/follow-lightning.ts';
import { findDuePayments, findPayment, findPaymentForUpdate, insertPayment, postponeLook, writePayment } from './payments/payment-store.ts';
import { listPayments } from './payments/payment-list-store.ts';
import { readCheckout } from './payments/read-checkout.ts';
import { paymentReader } from './payments/read-payment.ts';
import { findShownPayments } from './payments/shown-payment-store.ts';
import { orderPayment, requestPayment } from './payments/request-payment.ts';
import { insertQuote, readQuotes, writeQuote } from './rates/quote-store.ts';
import { makeLightningBackend } from './swaps/make-lightning-backend.ts';
import { hasDirectLease, markClaimAddressUsed } from './wallets/direct-lease-store.ts';
import { SWEEP_MAX } from './swaps/sweep-swaps.ts';
import { takeClaimAddress } from './wallets/take-claim-address.ts';
import { findLinks } from './links/link-store.ts';
import { findDirectChain } from './wallets/script-chain-store.ts';

export type App = ReturnType<typeof buildApp>;

/** The composition root: every store, client and use case is bound here, by hand, once. */
export function buildApp(world: World) {
  const core = buildCore(world);
  const pool = startProofPool(PROOF_WORKERS);
  const proofs: ProofPool = { ...pool, ...rememberOpened(pool) };
  const { chains, remembering } = buildChains(world);
  const direct = buildDirect(world, { ...core, chains, remembering, proofs });
  const swaps = buildSwaps(world, core, { chains: remembering, proofs, direct });
  const deliverNow = () => world.wake(['deliver']);
  const providers = () => swaps.lightning.providerStatuses();
  const webhooks = buildWebhooks({ ...world, ...core, recordEvent: core.record, wake: deliverNow, providers });
  const { network, random, now, publicUrl } = world;
  const wallets = buildWallets({ ...core, network, random, now, publicUrl, chains, recordEvent: core.record });
  const currentRate = buildRates(world, core.database);
  const plans = buildPlans(world, { ...core, currentRate, lightning: swaps.lightning, connectWallet: wallets.connectOne });
  const keys = buildKeys({ ...world, ...core, recordEvent: core.record, allowHttp: world.playful });
  const useCases = buildUseCases(world, core, {
    ...{ lightning: swaps.lightning, direct, currentRate, plans, keys, wallets: wallets.useCases, hooks: webhooks.useCases },
  });
  const mail = buildMail({ ...world, database: core.database, hash: core.sealer.hash });
  const jobs: Jobs = {
    ...plans.jobs,
    relay: async () => {
      const { relayed, queued } = await relayEvents({ database: core.database, bus: world.bus, queueDeliveries: webhooks.queue });
      if (queued > 0) deliverNow(); // they were queued after the deliverer had looked: they must not wait for its next tick
      return relayed;
    },
    deliver: webhooks.deliver,
    ...mail.jobs,
    ...buildRetention({ ...world, ...core }),
    audit: nightlyAudit({ ...world, ...core, chains }),
    ...swaps.jobs,
    watch: () => direct.follower.round(),
    expire: () =>
      expirePayments({
        ...core.applyDeps,
        ...{ database: core.database, now: world.now, lookAtAddress: direct.lookAtAddress },
        findDue: (at) => findDuePayments(core.database, at),
        close: (subjectId) => swaps.lightning.close(subjectId),
        postpone: (id, nextLookAt) => postponeLook(core.database, id, nextLookAt),
      }),
  };
  return {
    useCases,
    database: core.database,
    jobs: countFaults(world.meter, jobs),
    lightning: swaps.lightning,
    prepareOperator: plans.prepare,
    audit: () => auditBooks({ ...world, ...core, chains }, 'operator'),
    recover: buildRecovery({ ...world, ...core, ...swaps, chains, proofs, connectWallet: wallets.connectOne }),
    accounts: { now: world.now, random: world.random, sealer: core.sealer, database: core.database },
    saveEndpoint: webhooks.save,
    handles: { ...hintHandles(swaps.lightning), samrock: wallets.samrock },
    connectWallet: wallets.connectOne,
    readMails: mail.read,
    /** For the only process on its database: what a dead predecessor held is taken over at once, not when its leases end. */
    takeOver: async () => {
      await swaps.lightning.takeOver();
      await direct.follower.takeOver();
      await endAllLeases(core.database);
    },
    /** Starts nothing new; what runs may finish. */
    drain: () => webhooks.stop(),
    close: async () => {
      await keys.settle();
      await swaps.lightning.stop();
      await direct.follower.close();
      await proofs.close();
    },
  };
}

export const JOB_PACES: Paces = {
  /** An event that comes alone is relayed at once; of a busy shop's, those of a moment are relayed together. */
  relay: { fullRound: RELAY_BATCH, apartMs: 20 },
  sweep: { fullRound: SWEEP_MAX, apartMs: SECOND_MS },
  /** No more than a round a second, whatever is due (glance-unpaid.ts). */
  glance: { fullRound: Number.POSITIVE_INFINITY, apartMs: SECOND_MS },
};

/** The chain sources, asked each time; and the same with one memory, for swaps and follower, which meet the same transactions. */
function buildChains(world: World) {
  const chains = world.chains.map((place) => esploraClient({ http: httpCall }, place));
  return { chains, remembering: rememberContents(chains) };
}

type Chains = { readonly chains: readonly ChainSource[]; readonly proofs: ProofPool; readonly direct: Direct };

function buildSwaps(world: World, core: Core, { chains, proofs, direct }: Chains) {
  const { sealer, database, applyDeps } = core;
  const walletDeps = { sealer, network: world.network, random: world.random };
  const followDeps: FollowLightningDeps = {
    ...{ ...applyDeps, claimArrived: markClaimAddressUsed, hasDirectAddress: hasDirectLease },
    paidByLiquid: (tx, payment, at) => liquidPayment(direct.followDeps, tx, payment, at),
  };
  const subjects = followSubjects(world, core, {
    mayAccept: (tx, paymentId) => mayAcceptLightning(findPaymentForUpdate, tx, paymentId),
    follow: (tx, progress) => followLightning(followDeps, tx, progress),
  });
  const lightning = makeLightningBackend({
    recoveryRecord: makeRecoveryRecords({ ...world, ...core }),
    ...{
      database,
      sealer,
      proofs,
      chains: chains.map((source) => shareTip(source)),
      signer: world.signer,
      http: httpCall,
      log: world.log,
      now: world.now,
      random: world.random,
    },
    settings: {
      ...{ network: world.network, providers: world.providers, zeroConfMaxSats: world.zeroConfMaxSats },
      // Providers call https only, but for those of a test network on this machine.
      hintsUrl: world.playful || world.apiUrl.startsWith('https://') ? world.apiUrl : null,
    },
    takeClaimAddress: (tx, request) => takeClaimAddress(walletDeps, tx, { ...request, amountSats: sats(request.amountSats) }),
    ...countClaims(world.meter, subjects),
  });
  const jobs = { sweep: () => lightning.lookAtDueSwaps(), glance: () => lightning.glanceAtUnpaid() };
  return { lightning, jobs, onProgress: subjects.onProgress };
}

/** Proof work takes 20-50 ms a piece and must not hold up requests: one thread for each of two cores. */
const PROOF_WORKERS = 2;

type Ways = {
  readonly lightning: SwapBackend;
  readonly direct: Direct;
  readonly hooks: UseCases['hooks'];
  readonly wallets: UseCases['wallets'];
  readonly currentRate: CurrentRate;
  readonly plans: ReturnType<typeof buildPlans>;
  readonly keys: BuiltKeys;
};

function buildUseCases(world: World, { sealer, database, record, eventWrite }: Core, ways: Ways): UseCases {
  const { lightning, direct, hooks, wallets, currentRate, plans, keys } = ways;
  const { now, random, publicUrl, bus, limiter, prisma } = world;
  const network = liquidNetwork(world.network);
  const names = inBulk(random);
  const account = (id: string) => findAccount(database, id);
  const createDeps = {
    ...{
      now,
      database,
      lightning,
      insertPayment,
      leaseAddress: direct.leaseAddress,
      lookAhead: direct.lookAhead,
      recordEvent: record,
      ttlSeconds: world.paymentTtlSeconds,
      currentRate,
    },
    ...keys.publishable,
    mayCharge: plans.charge,
    findChain: (accountId: string) => findDirectChain({ database }, accountId),
    newQuoteId: () => newId(random, 'quote'),
    insertQuote,
    writesOf: ({ payment, quote, event }: Parameters<CreatePaymentDeps['writesOf']>[0]) => [
      writeQuote(quote),
      writePayment(payment),
      eventWrite(event),
    ],
  };
  const requestDeps = {
    ...{ now, database, hash: sealer.hash, allowHttp: world.playful, newPaymentId: () => newId<PaymentId>(random, 'payment') },
    create: (order: PaymentOrder, also: AlsoInCommit) => createPayment(createDeps, order, also),
    find: (id: PaymentId) => findPayment(database, id),
  };
  const invoices = (ids: readonly string[]) => lightning.invoices(ids);
  const links = buildLinks({
    ...{ now, database, hash: sealer.hash, recordEvent: record, allowHttp: world.playful, lightning, currentRate, findAccount: account },
    newLinkId: () => newId<LinkId>(random, 'link'),
    redirectHosts: async (accountId) => (await account(accountId))?.settings.redirectHosts ?? [],
    order: (request, key) => orderPayment(requestDeps, request, key),
  });
  const checkoutDeps = {
    ...{ now, findAccount: account, findInvoices: invoices, findAddresses: direct.addresses },
    findPayment: (id: PaymentId) => findPayment(database, id),
    findLinkTitle: async (linkId: string) => (await findLinks(database, [linkId])).get(linkId)?.title ?? null,
  };
  return {
    ...{ now, publicUrl, bus, limiter, prisma, network, newRequestId: () => newId(names, 'request') },
    explorerUrl: world.explorerUrl ?? network.explorerUrl,
    ...{ authenticate: keys.authenticate, keys: keys.useCases },
    requestPayment: timed(world.meter, (asker, input) => requestPayment(requestDeps, asker, input)),
    findAccountPayment: paymentReader({ findShown: (asked) => findShownPayments(database, asked), addressOf: direct.addressOf }),
    listPayments: (page) => listPayments(database, page),
    // Every open page of a payment reads it again at the same moment.
    readCheckout: gather((id: PaymentId) => readCheckout(checkoutDeps, id)),
    findAccount: account,
    findQuotes: (ids) => readQuotes(database, ids),
    findInvoices: invoices,
    findAddresses: direct.addresses,
    links,
    wallets,
    plans: plans.useCases,
    people: buildPeople({ ...world, sealer, database }),
    exports: buildExports({ database, now, random }),
    logos: buildLogos({ database, now, random }),
    hooks,
  };
}
