import type { PrismaClient } from '../prisma/generated/client.ts';
import type { Sandbox } from '../sandbox/start-sandbox.ts';
import type { Bus } from '../subscriptions/pubsub.ts';
import type { Config } from './config.ts';
import type { Log } from './lib/log.ts';
import type { Stops } from './lib/stops.ts';
import type { Clock } from './lib/time.ts';
import type { SendMail } from './mail/mail.ts';
import type { Limiter } from './limits/limiter.ts';
import type { Worker } from './worker.ts';
import type { Meter } from './metrics/meter.ts';
import { join } from 'node:path';
import { localBus } from '../subscriptions/pubsub.ts';
import { redisBus } from '../subscriptions/redis-bus-client.ts';
import { buildApp, JOB_PACES } from './app.ts';
import { beginSigner } from './build-signer.ts';
import { countRequests, makeGauges } from './build-metrics.ts';
import { mountDashboard } from './dashboard-page.ts';
import { startDatabaseServer } from './database-server.ts';
import { mountDocs } from './docs-pages.ts';
import { makeGraphqlServer } from './graphql-server.ts';
import { loadSealingKey } from './key-files.ts';
import { parsePaymentId } from './lib/ids.ts';
import { systemRandom } from './lib/random.ts';
import { sats } from './lib/money.ts';
import { Secret } from './lib/secret.ts';
import { stopAll, together, turnIn } from './lib/stops.ts';
import { HOUR_MS, systemClock } from './lib/time.ts';
import { makeLimiter, UNLIMITED } from './limits/limiter.ts';
import { redisWindow } from './limits/redis-window-client.ts';
import { LocalWindow } from './limits/rolling-window.ts';
import { readyLiquid } from './liquid/zkp.ts';
import { checkoutLoader } from './load-checkout.ts';
import { linkDoor } from './load-link.ts';
import { makeMeter } from './metrics/meter.ts';
import { metricsHandler, startMetricsServer } from './metrics-server.ts';
import { migrate } from './migrate.ts';
import { mountLogos } from './logo-page.ts';
import { openDatabase } from './open-database.ts';
import { mountPages } from './pages.ts';
import { makeSandboxHost } from './sandbox-host.ts';
import { addressReader, startServer } from './server.ts';
import { webDoor } from './web-facts.ts';
import { startWorker } from './worker.ts';

export type Running = {
  readonly url: string | null;
  readonly sandbox: Sandbox | null;
  /** Stops in the order that loses nothing: intake first, the database last. */
  readonly stop: () => Promise<void>;
};

/** Connections of one process: requests, proofs and deliveries share them; PostgreSQL's default allows 100 in all. */
const DATABASE_CONNECTIONS = 20;

export type StartOptions = {
  /** The embedded database went away and could not be brought back. */
  readonly onLost?: (error: Error) => void;
  /** Ends a start that waits for something; what was started is stopped again. */
  readonly stopping?: AbortSignal;
};

/** Starts everything that the settings ask for. What was started before a failure is stopped again. */
export async function start(config: Config, log: Log, options: StartOptions = {}): Promise<Running> {
  const stops: Stops = [];
  const stop = () => stopAll(stops);
  try {
    return await startParts(config, log, { stops, stop, ...options });
  } catch (fault) {
    await stop();
    throw fault;
  }
}

type Ending = StartOptions & {
  readonly stops: Stops;
  readonly stop: () => Promise<void>;
};

async function startParts(config: Config, log: Log, ending: Ending): Promise<Running> {
  const { stops, stop } = ending;
  const { connectionString, prisma, pool, sandbox, begun } = await startGround(config, log, ending);
  const bus: Bus = config.REDIS_URL ? await redisBus(config.REDIS_URL, log) : localBus();
  stops.push(() => bus.close());
  let worker: Worker | undefined;
  const world = worldOf(config, log, sandbox);
  const limiter = await connectLimits(config, { now: world.now, log, stops });
  const sendMail = await connectMail(config, { sandbox, log, stops });
  const signer = await begun.serve({ ...world, connectionString });
  stops.push(() => signer.close());
  const meter = makeMeter();
  const app = buildApp({
    ...world,
    signer,
    ...{ eventIdKey: signer.eventIdKey, recordKey: signer.recordKey },
    ...{ prisma, pool, bus, limiter, sendMail, meter },
    wake: (jobs: readonly string[]) => worker?.wake(jobs),
  });
  stops.push(() => app.close());
  await app.lightning.prepare();
  const takeOver = config.DATABASE_URL ? async () => {} : app.takeOver; // the embedded database refuses a second process
  await together(() => [app.prepareOperator(), takeOver()]);
  if (config.ROLE !== 'api') {
    worker = startWorker(app.jobs, log, JOB_PACES);
    const { stop: stopWorker } = worker;
    stops.push(stopWorker, () => app.drain());
    app.lightning.start();
  }
  await sandbox?.attach(hostOf(app, async () => worker?.runDue()));
  const gauges = makeGauges({ meter, pool, now: world.now, database: app.database, providers: app.lightning.providerStatuses });
  stops.push(async () => gauges.close());
  if (config.METRICS_PORT) stops.push(await watchable(config, { read: gauges.read, prisma }));
  if (config.ROLE === 'worker') return { url: null, sandbox, stop };
  const server = await serve(config, { log, app, sandbox, meter, readMetrics: gauges.read });
  stops.push(() => server.close());
  return { url: config.PUBLIC_URL, sandbox, stop };
}

/** What everything else stands on, as far as it can side by side: on one core, too, each waits for something most of its time. */
async function startGround(config: Config, log: Log, ending: Ending) {
  const turn = { database: turnIn(ending.stops), sandbox: turnIn(ending.stops), signer: turnIn(ending.stops) };
  const begun = beginSigner(config);
  turn.signer.push(async () => begun.abandon());
  // First of all: whoever owns the database owns the folder, with the sandbox in it.
  const connectionString = config.DATABASE_URL?.reveal() ?? (await startEmbedded(config, log, { ...ending, stops: turn.database }));
  const [{ prisma, pool }, sandbox] = await together(
    (stopping) => [
      connectDatabase(connectionString, log, turn.database),
      connectSandbox(config, log, { stops: turn.sandbox, stopping }),
      readyLiquid(),
    ],
    ending.stopping,
  );
  return { connectionString, prisma, pool, sandbox, begun };
}

async function startEmbedded(config: Config, log: Log, { stops, onLost }: Ending): Promise<string> {
  const embedded = await startDatabaseServer({ dataDir: config.DATA_DIR, log, ...(onLost ? { onLost } : {}) });
  stops.push(() => embedded.stop());
  return embedded.connectionString;
}

async function connectDatabase(connectionString: string, log: Log, stops: Stops) {
  const applied = await migrate(connectionString);
  if (applied.length > 0) log.info({ applied }, 'database migrated');
  const { prisma, pool, close } = openDatabase({ connectionString, max: DATABASE_CONNECTIONS });
  stops.push(close);
  return { prisma, pool };
}

/** A port for whoever watches this process. It closes after everything else has stopped serving, so that a stop can be watched too. */
async function watchable(
  config: Config,
  { read, prisma }: { read: () => Promise<string>; prisma: PrismaClient },
): Promise<() => Promise<void>> {
  const port = config.METRICS_PORT ?? 0; // asked for
  const deps = { read, token: config.METRICS_TOKEN ?? null, isReady: isReady(prisma) };
  const server = await startMetricsServer(deps, { port, bind: config.BIND });
  return server.close;
}

const isReady = (prisma: PrismaClient) => async () => (await prisma.$queryRaw<unknown[]>`SELECT 1`).length === 1;

/** Rate limits by the business clock: in the sandbox they move with it. */
async function connectLimits(config: Config, { now, log, stops }: Pick<Ending, 'stops'> & { now: Clock; log: Log }): Promise<Limiter> {
  if (config.RATE_LIMITS === 'off') return UNLIMITED;
  const local = new LocalWindow();
  const shared = config.REDIS_URL ? await redisWindow(config.REDIS_URL, log) : local;
  stops.push(() => shared.close());
  return makeLimiter({ now, log, shared, local });
}

/** In the sandbox a mail has arrived once it is written, unless there is a mail server to try. */
async function connectMail(
  config: Config,
  { sandbox, log, stops }: Pick<Ending, 'stops'> & { sandbox: Sandbox | null; log: Log },
): Promise<SendMail | null> {
  if (config.SMTP_URL) {
    const { smtpClient } = await import('./mail/smtp-client.ts');
    const smtp = smtpClient(config.SMTP_URL, config.MAIL_FROM);
    stops.push(async () => smtp.close());
    return smtp.send;
  }
  if (sandbox) return async () => {};
  log.warn({}, 'SMTP_URL is not set: mails wait in the database, and nobody can reset a password');
  return null;
}

/** Only the sandbox's own network loads the sandbox's code at all. */
export async function connectSandbox(
  config: Config,
  log: Log,
  { stops, stopping }: Pick<Ending, 'stops' | 'stopping'>,
): Promise<Sandbox | null> {
  if (config.NETWORK !== 'sandbox') return null;
  const shared = { baseClock: systemClock, log, isOpen: config.SANDBOX_BIND === 'any' };
  const sandbox = await (config.SANDBOX_URL ? reachFar(config.SANDBOX_URL) : startOwn());
  stops.push(() => sandbox.close());
  return sandbox;

  async function startOwn(): Promise<Sandbox> {
    const { startSandbox } = await import('../sandbox/start-sandbox.ts');
    return startSandbox({ ...shared, folder: join(config.DATA_DIR, 'sandbox'), network: 'regtest' });
  }
  async function reachFar(url: string): Promise<Sandbox> {
    const { reachSandbox } = await import('../sandbox/link/reach-sandbox.ts');
    return reachSandbox({ ...shared, url, stopping: stopping ?? new AbortController().signal });
  }
}

function hostOf({ accounts, connectWallet, saveEndpoint, readMails, useCases }: ReturnType<typeof buildApp>, runDue: () => Promise<void>) {
  const knowsAccount = async (id: string) => (await useCases.findAccount(id)) !== null;
  return makeSandboxHost({ accounts, connectWallet, saveEndpoint, readMails, knowsAccount, runDue });
}

export function worldOf(config: Config, log: Log, sandbox: Sandbox | null) {
  const random = systemRandom;
  const rates = sandbox ? Object.entries(sandbox.ratesUrls).map(([name, url]) => ({ name, url })) : (config.RATE_URLS ?? []);
  return {
    now: sandbox ? sandbox.clock : systemClock,
    random,
    log,
    sealingKey: loadSealingKey(config, random),
    network: config.NETWORK === 'sandbox' ? ('regtest' as const) : config.NETWORK,
    playful: config.NETWORK === 'sandbox' || config.NETWORK === 'regtest',
    publicUrl: config.PUBLIC_URL,
    apiUrl: config.API_URL,
    providers: config.SWAP_PROVIDERS ?? (sandbox ? [{ name: 'sandbox', url: sandbox.providerUrl }] : []),
    chains: config.LIQUID_CHAIN_URLS ?? (sandbox ? [{ name: 'sandbox', url: sandbox.chainUrl }] : []),
    rates,
    paymentTtlSeconds: config.PAYMENT_TTL_SECONDS,
    zeroConfMaxSats: sats(config.ZERO_CONF_MAX_SATS),
    billing: config.BILLING === 'on',
    operatorDescriptor: config.OPERATOR_DESCRIPTOR ?? (sandbox ? new Secret(sandbox.operatorDescriptor) : null),
    planGraceMs: config.PLAN_GRACE_HOURS * HOUR_MS,
    termsUrl: config.TERMS_URL ?? null,
    explorerUrl: config.EXPLORER_URL ?? null,
    ...(sandbox ? { lookUpOwn: sandbox.lookUp } : {}),
  };
}

type Serving = {
  readonly log: Log;
  readonly app: ReturnType<typeof buildApp>;
  readonly sandbox: Sandbox | null;
  readonly meter: Meter;
  readonly readMetrics: () => Promise<string>;
};

function serve(config: Config, { log, app, sandbox, meter, readMetrics }: Serving) {
  const allowedOrigins = [new URL(config.PUBLIC_URL).origin, new URL(config.API_URL).origin];
  const addressOf = addressReader(config.TRUSTED_PROXIES);
  const web = webDoor({ secure: config.PUBLIC_URL.startsWith('https://'), allowedOrigins, addressOf });
  const graphql = makeGraphqlServer(app.useCases, { explorable: sandbox !== null, log, cookieOf: web.cookieOf });
  const { now, prisma } = app.useCases;
  const loadCheckout = checkoutLoader(graphql);
  return startServer(
    {
      graphql,
      log,
      trustedProxies: config.TRUSTED_PROXIES,
      limited: config.RATE_LIMITS === 'on',
      apiUrl: config.API_URL,
      termsUrl: config.TERMS_URL ?? null,
      allowedOrigins,
      web,
      mountPages: (express, openApi) => {
        const termsUrl = config.TERMS_URL ?? null;
        const place = { publicUrl: config.PUBLIC_URL, apiUrl: config.API_URL, termsUrl, sandbox: sandbox !== null, log };
        mountDocs(express, { ...place, openApi });
        mountDashboard(express, place);
        mountLogos(express, { findLogo: app.useCases.logos.find });
        mountPages(express, {
          ...{ ...place, loadCheckout, now },
          simulate: async (paymentId, outcome, address) => {
            const verdict = await app.useCases.limiter.take('change', address);
            const id = parsePaymentId(paymentId);
            if (!verdict?.refusal && id.ok) await app.useCases.keys.simulate({ accountId: null, id: id.value, outcome });
          },
          ...{ links: linkDoor(graphql), random: systemRandom, addressOf },
        });
      },
      sandbox: sandbox && { control: sandbox.control, now },
      handles: app.handles,
      isReady: isReady(prisma),
      count: countRequests(meter),
      metrics: config.METRICS_TOKEN ? metricsHandler({ read: readMetrics, token: config.METRICS_TOKEN }) : null,
      drainSeconds: config.DRAIN_SECONDS,
    },
    { port: config.PORT, bind: config.BIND },
  );
}
