import type { Router } from 'express';
import type { Log } from '../src/lib/log.ts';
import type { Clock } from '../src/lib/time.ts';
import type { SandboxHost } from './control/sandbox-host.ts';
import type { ClockStand } from './control/moved-clock.ts';
import type { SandboxAccount, SandboxPorts } from './control/sandbox-state.ts';
import type { World } from './control/world.ts';
import { makeLog } from '../src/lib/log.ts';
import { openChain } from './chain/open-chain.ts';
import { serveEsplora } from './chain/serve-esplora.ts';
import { controlRoutes } from './control/control-routes.ts';
import { Hosts } from './control/hosts.ts';
import { Inboxes } from './control/inbox.ts';
import { freshDescriptor } from './control/make-account.ts';
import { SandboxState } from './control/sandbox-state.ts';
import { SandboxTime } from './control/sandbox-time.ts';
import { loadZkp } from './elements/zkp.ts';
import { chainFault, withLag } from './faults/chain-faults.ts';
import { Faults } from './faults/faults.ts';
import { lookUpInSandbox } from './faults/name-faults.ts';
import { onPort } from './provider/listen.ts';
import { startProvider } from './provider/start-provider.ts';
import { startRates } from './rates/start-rates.ts';
import { Shopper } from './shopper/shopper.ts';

export type { SandboxHost } from './control/sandbox-host.ts';
export type { SandboxAccount } from './control/sandbox-state.ts';

export type SandboxOptions = {
  /** Everything is remembered here: the same folder gives the same world. */
  readonly folder: string;
  readonly baseClock: Clock;
  readonly network: 'regtest';
  readonly log?: Log;
  /** Where the servers listen; loopback when absent. */
  readonly host?: string;
  /** Control routes answer callers of other machines too. */
  readonly isOpen?: boolean;
};

export type Sandbox = {
  /** Ends with `/v2`. */
  readonly providerUrl: string;
  readonly chainUrl: string;
  readonly ratesUrls: { readonly coingecko: string; readonly coincap: string };
  /** The wallet that plans are paid to, made at the first start. */
  readonly operatorDescriptor: string;
  /** The base clock and the journalled offset. */
  readonly clock: () => Date;
  /** Addresses of the sandbox's own names, those below `.sandbox.test`; null for every other name. */
  readonly lookUp: (name: string) => Promise<readonly string[]> | null;
  /** Mounted by the product at `/sandbox`. */
  readonly control: Router;
  /** Makes (first start) or remembers the demo account. Before it, the routes that need the product answer 503. */
  attach(host: SandboxHost): Promise<void>;
  /** @throws Error before the first `attach` */
  demo(): SandboxAccount;
  close(): Promise<void>;
};

/** The sandbox that runs in this process. */
export type OwnSandbox = Sandbox & {
  /** What products of other processes are served with, see link/serve-control.ts. */
  readonly far: { readonly hosts: Hosts; clock(): ClockStand; onClock(follow: (stand: ClockStand) => void): () => void };
};

/** The name of the product that this process itself is. */
const WITHIN = 'within';

/** The far side of every wire: chain, provider, rates, shopper, merchant's wallet. No real money exists here, and none can come in. */
export async function startSandbox(options: SandboxOptions): Promise<OwnSandbox> {
  if (options.network !== 'regtest') throw new Error('the sandbox runs on regtest only: it must never meet real money');
  const { folder, log = makeLog('silent'), host = '127.0.0.1' } = options;
  const state = await SandboxState.open(`${folder}/sandbox.jsonl`, options.baseClock);
  const now = state.now;
  const opened = await openChain({ folder, now, mineByClock: false }); // time moves as a whole: see SandboxTime
  const { chain, providerWallet: wallet } = opened;
  const ports = state.ports;
  const faults = await Faults.open(`${folder}/faults.jsonl`);
  const provider = await startProvider({ folder, chain, wallet, now, log, host, port: ports.provider, faults });
  const intercept = (method: string, path: string) => chainFault(faults, method, path);
  const shown = withLag(chain, faults);
  const esplora = await onPort(ports.chain, (port) => serveEsplora(chain, { host, port, intercept, shown }));
  const rates = await startRates({ now, host, port: ports.rates, faults });
  const shopper = await Shopper.open({ path: `${folder}/shopper.jsonl`, provider, now });
  const inboxes = await Inboxes.open(`${folder}/inbox.jsonl`, now);
  const inbox = await inboxes.serve({ host, port: ports.inbox });
  await state.keepPorts(portsOf({ provider, esplora, rates, inbox }));
  if (state.operator === null) await state.keepOperator(freshDescriptor());
  const time = new SandboxTime({ state, chain, provider, shopper, log });
  const hosts = new Hosts(state);
  const urls = { chain: esplora.url, rates: rates.url, inbox: inbox.url };
  const world: World = {
    ...opened,
    state,
    time,
    provider,
    shopper,
    inboxes,
    faults,
    zkp: await loadZkp(),
    urls,
    log,
    hosts,
  };
  return {
    providerUrl: provider.url,
    chainUrl: esplora.url,
    ratesUrls: { coingecko: rates.coingecko, coincap: rates.coincap },
    operatorDescriptor: state.operator ?? '',
    clock: now,
    lookUp: (name) => lookUpInSandbox(faults, name),
    control: controlRoutes(world, { isOpen: options.isOpen ?? false }),
    attach: async (product) => void (await hosts.attach(WITHIN, product)),
    demo() {
      const attached = hosts.find(WITHIN);
      if (!attached) throw new Error('the sandbox has no demo account yet');
      return attached.demo;
    },
    far: { hosts, clock: () => state.clock, onClock: (follow) => state.onClock(follow) },
    async close() {
      await time.close();
      await shopper.close();
      await Promise.all([provider.close(), esplora.close(), rates.close(), inbox.close()]);
      await chain.close();
      await state.close();
      await faults.close();
    },
  };
}

type Servers = { provider: { port: number }; esplora: { url: string }; rates: { port: number }; inbox: { port: number } };

/** The same ports are taken again at the next start, so that addresses which others have stored stay good. */
function portsOf({ provider, esplora, rates, inbox }: Servers): SandboxPorts {
  return { provider: provider.port, chain: Number(new URL(esplora.url).port), rates: rates.port, inbox: inbox.port };
}
