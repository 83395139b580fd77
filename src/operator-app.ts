import type { PrismaClient } from '../prisma/generated/client.ts';
import type { App } from './app.ts';
import type { Place, World } from './world.ts';
import type { Config } from './config.ts';
import type { StatementDoor } from './lib/database.ts';
import type { Log } from './lib/log.ts';
import type { Clock } from './lib/time.ts';
import type { Signer } from './swaps/signer.ts';
import { z } from 'zod';
import { localBus } from '../subscriptions/pubsub.ts';
import { buildApp } from './app.ts';
import { eventIdKeyOf } from './events/event-id-key.ts';
import { loadRootKeys } from './key-files.ts';
import { makeSealer } from './lib/sealed.ts';
import { Secret } from './lib/secret.ts';
import { esploraClient } from './liquid/esplora-client.ts';
import { liquidNetwork } from './liquid/network.ts';
import { openStoredClaims } from './read-stored-claim.ts';
import { recoveryKey } from './swaps/recovery-record.ts';
import { makeSigner } from './swaps/signer.ts';
import { httpCall } from './lib/http-client.ts';
import { addMs, systemClock } from './lib/time.ts';
import { UNLIMITED } from './limits/limiter.ts';
import { makeMeter } from './metrics/meter.ts';
import { readyLiquid } from './liquid/zkp.ts';
import { connectSandbox, worldOf } from './start.ts';

export type OperatorPlace = Readonly<{ config: Config; log: Log; prisma: PrismaClient; pool: StatementDoor; connectionString: string }>;

/** Runs `work` with the server's own use cases, bound to providers and chain sources as the settings name them. Nothing is served. */
export async function withApp<T>(
  { config, log, prisma, pool, connectionString }: OperatorPlace,
  work: (app: App, seed: Secret<Uint8Array>) => Promise<T>,
): Promise<T> {
  const stops: (() => Promise<void>)[] = [];
  await readyLiquid();
  try {
    const outside = config.NETWORK === 'sandbox' ? await findSandbox(config, log, stops) : {};
    const world = { ...worldOf(config, log, null), ...outside };
    const { seed } = loadRootKeys(config, world.random);
    const keys = { eventIdKey: new Secret(eventIdKeyOf(seed)), recordKey: recoveryKey(seed) };
    const signer = signerHere(world, { seed, connectionString, stops });
    const silent = { bus: localBus(), limiter: UNLIMITED, meter: makeMeter(), sendMail: null, onEvent: () => {}, onDelivery: () => {} };
    const app = buildApp({ ...world, ...keys, ...silent, signer, prisma, pool });
    stops.push(() => app.close());
    return await work(app, seed);
  } finally {
    for (const end of stops.reverse()) await end();
  }
}

type SignerPlace = Readonly<{ seed: Secret<Uint8Array>; connectionString: string; stops: (() => Promise<void>)[] }>;

/** A command holds the seed anyway, for a moment and without serving anybody: its signer needs no process of its own. */
function signerHere(
  world: Pick<World, 'network' | 'random' | 'sealingKey' | 'chains'>,
  { seed, connectionString, stops }: SignerPlace,
): Signer {
  const chains = world.chains.map((place) => esploraClient({ http: httpCall }, place));
  const sealer = makeSealer(world.sealingKey, world.random);
  const claims = openStoredClaims({ connectionString, sealer, network: world.network, chains });
  stops.push(claims.close);
  return makeSigner({ seed, network: liquidNetwork(world.network), random: world.random, readStoredClaim: claims.read });
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
