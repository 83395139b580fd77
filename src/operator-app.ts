import type { PrismaClient } from '../prisma/generated/client.ts';
import type { App, Place } from './app.ts';
import type { Config } from './config.ts';
import type { Log } from './lib/log.ts';
import type { Clock } from './lib/time.ts';
import { z } from 'zod';
import { localBus } from '../subscriptions/pubsub.ts';
import { buildApp } from './app.ts';
import { httpCall } from './lib/http-client.ts';
import { addMs, systemClock } from './lib/time.ts';
import { UNLIMITED } from './limits/limiter.ts';
import { readyLiquid } from './liquid/zkp.ts';
import { connectSandbox, worldOf } from './start.ts';

/** Runs `work` with the server's own use cases, bound to providers and chain sources as the settings name them. Nothing is served. */
export async function withApp<T>(config: Config, log: Log, prisma: PrismaClient, work: (app: App) => Promise<T>): Promise<T> {
  const stops: (() => Promise<void>)[] = [];
  await readyLiquid();
  try {
    const outside = config.NETWORK === 'sandbox' ? await findSandbox(config, log, stops) : {};
    const world = { ...worldOf(config, log, null), ...outside };
    const app = buildApp({ ...world, prisma, bus: localBus(), limiter: UNLIMITED, sendMail: null, onEvent: () => {} });
    stops.push(() => app.close());
    return await work(app);
  } finally {
    for (const end of stops.reverse()) await end();
  }
}

/** Runs `work` with the configured providers. */
export async function withProviders<T>(config: Config, log: Log, work: (providers: readonly Place[]) => Promise<T>): Promise<T> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const isSandbox = config.NETWORK === 'sandbox' && !config.SWAP_PROVIDERS;
    return await work(isSandbox ? (await findSandbox(config, log, stops)).providers : (config.SWAP_PROVIDERS ?? []));
  } finally {
    for (const end of stops.reverse()) await end();
  }
}

type Outside = { readonly now: Clock; readonly providers: readonly Place[]; readonly chains: readonly Place[] };

/** What the sandbox says of itself at `GET /sandbox`. */
const SANDBOX = z.object({ now: z.iso.datetime(), provider_url: z.url(), chain_url: z.url() });
/** It is on this machine. */
const ANSWER_MS = 3_000;

/** The sandbox of the server that runs, or of its own process; where neither runs, the one in DATA_DIR is woken for as long as it takes. */
async function findSandbox(config: Config, log: Log, stops: (() => Promise<void>)[]): Promise<Outside> {
  const url = config.SANDBOX_URL ?? `http://127.0.0.1:${config.PORT}`;
  const reply = await httpCall({ method: 'GET', url: `${url}/sandbox`, timeoutMs: ANSWER_MS }).catch(() => null); // nobody is there
  if (reply?.status === 200) {
    const { now, provider_url, chain_url } = SANDBOX.parse(JSON.parse(reply.text));
    const aheadMs = Date.parse(now) - systemClock().getTime();
    return placesOf(config, { now: () => addMs(systemClock(), aheadMs), providerUrl: provider_url, chainUrl: chain_url });
  }
  const sandbox = await connectSandbox(config, log, { stops });
  if (!sandbox) throw new Error('the sandbox is played on its own network only');
  return placesOf(config, { now: sandbox.clock, providerUrl: sandbox.providerUrl, chainUrl: sandbox.chainUrl });
}

function placesOf(config: Config, { now, providerUrl, chainUrl }: { now: Clock; providerUrl: string; chainUrl: string }): Outside {
  return {
    now,
    providers: config.SWAP_PROVIDERS ?? [{ name: 'sandbox', url: providerUrl }],
    chains: config.LIQUID_CHAIN_URLS ?? [{ name: 'sandbox', url: chainUrl }],
  };
}
