import type { PrismaClient } from '../prisma/generated/client.ts';
import type { UseCases } from '../schema/context.ts';
import type { Bus } from '../subscriptions/pubsub.ts';
import type { NewEvent } from './events/event.ts';
import type { RootKeys } from './key-files.ts';
import type { Database, Tx } from './lib/database.ts';
import type { LinkId, PaymentId } from './lib/ids.ts';
import type { Sats } from './lib/money.ts';
import type { BuiltKeys } from './build-keys.ts';
import type { Limiter } from './limits/limiter.ts';
import type { Log } from './lib/log.ts';
import type { Meter } from './metrics/meter.ts';
import type { SendMail } from './mail/mail.ts';
import type { Random } from './lib/random.ts';
import type { Secret } from './lib/secret.ts';
import type { Clock } from './lib/time.ts';
import type { ChainSource } from './liquid/chain-source.ts';
import type { NetworkName } from './liquid/network.ts';
import type { ProofPool } from './liquid/proof-pool.ts';
import type { PaymentOrder } from './payments/create-payment.ts';
import type { Rate } from './rates/rate.ts';
import type { Direct } from './direct-payments.ts';
import type { FollowLightningDeps } from './payments/follow-lightning.ts';
import type { SwapBackend } from './swaps/make-lightning-backend.ts';
import type { CurrentRate } from './rates/current-rate.ts';
import type { Jobs } from './worker.ts';
import { createHmac } from 'node:crypto';
import { relayEvents } from '../subscriptions/relay.ts';
import { countPaidPayment, findAccount } from './accounts/account-store.ts';
import { buildKeys } from './build-keys.ts';
import { buildLinks } from './build-links.ts';
import { countClaims, countFaults, timed } from './build-metrics.ts';
import { buildPlans, followSubjects } from './build-plans.ts';
import { hintHandles } from './hint-handles.ts';
import { buildMail } from './build-mail.ts';
import { buildPeople } from './build-people.ts';
import { buildRates } from './build-rates.ts';
import { buildWallets } from './build-wallets.ts';
import { buildWebhooks } from './build-webhooks.ts';
import { buildDirect } from './direct-payments.ts';
import { makeEventIds } from './events/event.ts';
import { recordEvent } from './events/outbox.ts';
import { httpCall } from './lib/http-client.ts';
import { newId } from './lib/ids.ts';
import { makeDatabase } from './lib/database.ts';
import { sats } from './lib/money.ts';
import { makeSealer } from './lib/sealed.ts';
import { esploraClient } from './liquid/esplora-client.ts';
import { liquidNetwork } from './liquid/network.ts';
import { startProofPool } from './liquid/proof-pool.ts';
import { createPayment } from './payments/create-payment.ts';
import { endAllLeases } from './payments/idempotency.ts';
import { expirePayments } from './payments/expire-payments.ts';
import { liquidPayment } from './payments/follow-liquid.ts';
import { followLightning, mayAcceptLightning } from './payments/follow-lightning.ts';
import {
  findAccountPayment,
  findDuePayments,
  findPayment,
  findPaymentForUpdate,
  insertPayment,
  postponeLook,
  savePayment,
} from './payments/payment-store.ts';
import { listPayments } from './payments/payment-list-store.ts';
import { readCheckout } from './payments/read-checkout.ts';
import { orderPayment, requestPayment } from './payments/request-payment.ts';
import { insertQuote, readQuotes } from './rates/quote-store.ts';
import { makeLightningBackend } from './swaps/make-lightning-backend.ts';
import { hasDirectLease, markClaimAddressUsed, releaseDirectLease } from './wallets/direct-lease-store.ts';
import { takeClaimAddress } from './wallets/take-claim-address.ts';
import { findLinks } from './links/link-store.ts';
import { hasWallet } from './wallets/wallet-store.ts';

export type Place = { readonly name: string; readonly url: string };

/** The world as this process finds it: settings, keys, and the doors to everything outside. */
export type World = {
  readonly now: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly keys: RootKeys;
  readonly prisma: PrismaClient;
  readonly bus: Bus;
  readonly meter: Meter;
  readonly limiter: Limiter;
  readonly network: NetworkName;
  /** In the sandbox plain http and loopback addresses are fine for webhooks and redirects. */
  readonly playful: boolean;
  readonly publicUrl: string;
  readonly apiUrl: string;
  readonly providers: readonly Place[];
  readonly chains: readonly Place[];
  readonly rates: readonly Place[];
  readonly paymentTtlSeconds: number;
  readonly zeroConfMaxSats: Sats;
  readonly billing: boolean;
  /** The wallet that plans are paid to; null: this server takes no plan payments. */
  readonly operatorDescriptor: Secret<string> | null;
  readonly planGraceMs: number;
  /** Addresses of names that this world has of its own (the sandbox's); null for every other name. */
  readonly lookUpOwn?: (name: string) => Promise<readonly string[]> | null;
  /** Called after a commit that recorded an event. */
  readonly onEvent: () => void;
  /** Null: nothing is sent, mails wait. */
  readonly sendMail: SendMail | null;
};

export type App = ReturnType<typeof buildApp>;

/** The composition root: every store, client and use case is bound here, by hand, once. */
export function buildApp(world: World) {
  const core = buildCore(world);
  const proofs = startProofPool(PROOF_WORKERS);
  const chains = world.chains.map((place) => esploraClient({ http: httpCall }, place));
  const direct = buildDirect(world, { ...core, chains, proofs });
  const swaps = buildSwaps(world, core, { chains, proofs, direct });
  const webhooks = buildWebhooks({
    ...{ ...world, ...core, recordEvent: core.record, wake: () => world.onEvent(), providers: () => swaps.lightning.providerStatuses() },
  });
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
    relay: () => relayEvents({ database: core.database, bus: world.bus, queueDeliveries: webhooks.queue }),
    deliver: webhooks.deliver,
    ...mail.jobs,
    sweep: () => swaps.lightning.lookAtDueSwaps(),
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

type Core = ReturnType<typeof buildCore>;

function buildCore(world: World) {
  const sealer = makeSealer(world.keys.sealingKey, world.random);
  const eventId = makeEventIds(
    new Uint8Array(createHmac('sha256', world.keys.seed.reveal()).update('avopay event ids v1').digest()),
    world.random,
  );
  const announced = new WeakSet<Tx>();
  const database: Database = makeDatabase(world.prisma, (tx) => {
    if (announced.has(tx)) world.onEvent();
  });
  const record = (tx: Tx, event: NewEvent) => {
    announced.add(tx);
    return recordEvent(tx, eventId(event), event);
  };
  const applyDeps = {
    findForUpdate: findPaymentForUpdate,
    save: savePayment,
    countPaid: countPaidPayment,
    recordEvent: record,
    releaseAddress: releaseDirectLease,
    log: world.log,
  };
  return { sealer, database, record, applyDeps };
}

type Chains = { readonly chains: readonly ChainSource[]; readonly proofs: ProofPool; readonly direct: Direct };

function buildSwaps(world: World, core: Core, { chains, proofs, direct }: Chains) {
  const { sealer, database, applyDeps } = core;
  const walletDeps = { sealer, network: world.network, random: world.random };
  const followDeps: FollowLightningDeps = {
    ...{ ...applyDeps, claimArrived: markClaimAddressUsed, hasDirectAddress: hasDirectLease },
    paidByLiquid: (tx, payment, at) => liquidPayment(direct.followDeps, tx, payment, at),
  };
  const lightning = makeLightningBackend({
    ...{ database, sealer, proofs, chains, http: httpCall, log: world.log, now: world.now, random: world.random },
    settings: {
      ...{ network: world.network, providers: world.providers, seed: world.keys.seed, zeroConfMaxSats: world.zeroConfMaxSats },
      // Providers call https only, but for those of a test network on this machine.
      hintsUrl: world.playful || world.apiUrl.startsWith('https://') ? world.apiUrl : null,
    },
    takeClaimAddress: (tx, request) => takeClaimAddress(walletDeps, tx, { ...request, amountSats: sats(request.amountSats) }),
    ...countClaims(
      world.meter,
      followSubjects(world, core, {
        mayAccept: (tx, paymentId) => mayAcceptLightning(findPaymentForUpdate, tx, paymentId),
        follow: (tx, progress) => followLightning(followDeps, tx, progress),
      }),
    ),
  });
  return { lightning };
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

function buildUseCases(world: World, { sealer, database, record }: Core, ways: Ways): UseCases {
  const { lightning, direct, hooks, wallets, currentRate, plans, keys } = ways;
  const { now, random, publicUrl, bus, limiter, prisma } = world;
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
    hasWallet: (accountId: string) => hasWallet({ database }, accountId),
    insertQuote: (tx: Tx, rate: Rate) => insertQuote(tx, { ...rate, id: newId(random, 'quote') }),
  };
  const requestDeps = {
    ...{ now, database, hash: sealer.hash, allowHttp: world.playful, newPaymentId: () => newId<PaymentId>(random, 'payment') },
    create: (order: PaymentOrder, also: (tx: Tx) => Promise<void>) => createPayment(createDeps, order, also),
    find: (id: PaymentId) => findPayment(database, id),
  };
  const invoices = (ids: readonly string[]) => lightning.invoices(ids);
  const links = buildLinks({
    ...{ now, database, hash: sealer.hash, recordEvent: record, allowHttp: world.playful, lightning, currentRate, findAccount: account },
    newLinkId: () => newId<LinkId>(random, 'link'),
    redirectHosts: async (accountId) => (await account(accountId))?.settings.redirectHosts ?? [],
    order: (request, key) => orderPayment(requestDeps, request, key),
  });
  return {
    ...{ now, publicUrl, bus, limiter, prisma, network: liquidNetwork(world.network), newRequestId: () => newId(random, 'request') },
    ...{ authenticate: keys.authenticate, keys: keys.useCases },
    requestPayment: timed(world.meter, (asker, input) => requestPayment(requestDeps, asker, input)),
    findAccountPayment: (accountId, id) => findAccountPayment(database, accountId, id),
    listPayments: (page) => listPayments(database, page),
    readCheckout: (id) =>
      readCheckout(
        {
          ...{ now, findAccount: account, findInvoices: invoices, findAddresses: direct.addresses },
          findPayment: (one) => findPayment(database, one),
          findLinkTitle: async (linkId) => (await findLinks(database, [linkId])).get(linkId)?.title ?? null,
        },
        id,
      ),
    findAccount: account,
    findQuotes: (ids) => readQuotes(database, ids),
    findInvoices: invoices,
    findAddresses: direct.addresses,
    links,
    wallets,
    plans: plans.useCases,
    people: buildPeople({ ...world, sealer, database }),
    hooks,
  };
}
