import type { Database, Tx } from '../lib/database.ts';
import type { HttpCall } from '../lib/http-client.ts';
import type { Log } from '../lib/log.ts';
import type { Sats } from '../lib/money.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { ChainSource } from '../liquid/chain-source.ts';
import type { NetworkName } from '../liquid/network.ts';
import type { ProofPool } from '../liquid/proof-pool.ts';
import type { ClaimAddress, ClaimAddressRequest } from './claim-record.ts';
import type { LightningBackend, LightningProgress, LightningSubject } from './lightning.ts';
import type { ProviderEndpoint } from './provider-client.ts';
import type { ProviderStatus } from './provider-status.ts';
import type { Reconciled } from './reconcile-swap.ts';
import type { ReserveDeps } from './reserve-swap.ts';
import type { Signer } from './signer.ts';
import { fewATurn } from '../lib/few-a-turn.ts';
import { gatherMany } from '../lib/gather.ts';
import { refuse } from '../lib/result.ts';
import { liquidNetwork } from '../liquid/network.ts';
import { closeSubject, historyOf, lookAtSubject } from './follow-subject.ts';
import { glanceAtUnpaid } from './glance-unpaid.ts';
import { hintIntake } from './hint-intake.ts';
import { hintPlaces } from './hint-places.ts';
import { ensureKeyEra } from './key-index-store.ts';
import { LIGHTNING_NOT_CONFIGURED, PROVIDER_UNAVAILABLE } from './lightning.ts';
import { lookRunner } from './look-runner.ts';
import { openSwap } from './open-swap.ts';
import { providerSocket } from './provider-socket-client.ts';
import { makeProviders } from './providers.ts';
import { readTipHeight } from './read-chain.ts';
import { readTerms } from './read-terms.ts';
import { reconcileSwap } from './reconcile-swap.ts';
import { SignerAway } from './signer-away.ts';
import {
  endAllLeases,
  findByHintToken,
  findHinted,
  findHintedAtAny,
  liveProviderSwapIds,
  shownInvoices,
  swapsOfSubject,
} from './swap-store.ts';
import { sweepSwaps } from './sweep-swaps.ts';

export type LightningSettings = Readonly<{
  network: NetworkName;
  /** In the order of preference; empty = Liquid only. URLs end in `/v2`. */
  providers: readonly ProviderEndpoint[];
  zeroConfMaxSats: Sats;
  /** Where providers can reach this server's API with their hints; null: they cannot. */
  hintsUrl: string | null;
}>;

export type LightningDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly http: HttpCall;
  readonly log: Log;
  readonly now: Clock;
  readonly random: Random;
  readonly proofs: Pick<ProofPool, 'unblind' | 'buildClaim'>;
  /** Every swap key comes from its seed, which stays there. */
  readonly signer: Signer;
  readonly chains: readonly ChainSource[];
  readonly takeClaimAddress: (tx: Tx, request: ClaimAddressRequest) => Promise<ClaimAddress>;
  /** False once the subject is over. Asked with the swap locked. */
  readonly mayAccept: (tx: Tx, subject: { subject: LightningSubject; subjectId: string }) => Promise<boolean>;
  readonly onProgress: (tx: Tx, progress: LightningProgress) => Promise<void>;
  readonly recoveryRecord: ReserveDeps['recoveryRecord'];
  readonly settings: LightningSettings;
};

export type SwapBackend = LightningBackend & {
  /** Makes the key era at the first start. @throws Error when the seed is not this database's. Await it before anything else. */
  prepare(): Promise<void>;
  /** Takes over at once what a dead predecessor held. Only for a process that knows itself to be alone on its database. */
  takeOver(): Promise<void>;
  reconcile(swapId: string): Promise<Reconciled | null>;
  /** Someone says that a swap has changed: look. Unknown ids are passed over, the sweep finds what is not stored yet. */
  hint(provider: string, providerSwapId: string): Promise<void>;
  /** The same by the secret address that was given to the provider. Returns at once and says nothing, whatever the token is. */
  takeHint(provider: string, token: string): void;
  /** The same by the provider's own name for the swap, whichever provider it is: anybody may know it, so it is worth no more and no less. */
  takeNamedHint(providerSwapId: string): void;
  /** Looks at every swap that is due and that something has happened to, and says at how many. */
  lookAtDueSwaps(): Promise<number>;
  /** Glances at open invoices that are due, a few at a time, looks where one was paid, and says at how many. */
  glanceAtUnpaid(): Promise<number>;
  /** The configured providers as they stand. */
  providerStatuses(): Promise<readonly ProviderStatus[]>;
  /** Opens the providers' sockets. */
  start(): void;
  /** Closes them and waits for looks that run. */
  stop(): Promise<void>;
};

/** Subscriptions per socket: what can still move. Older swaps are left to the sweep. */
const LISTEN_LIMIT = 2_000;
/** Looks that begin together go on together, and their answers come in one turn of the event loop. */
const LOOKS_A_TURN = 1;
/** No provider's name: settings demand at least one character. */
const ANY_PROVIDER = '';

export function makeLightningBackend(deps: LightningDeps): SwapBackend {
  const network = liquidNetwork(deps.settings.network);
  const { zeroConfMaxSats, providers: endpoints, hintsUrl } = deps.settings;
  const providers = makeProviders(deps, endpoints);
  const claiming = { ...deps, network, zeroConfMaxSats, provider: providers.byName };
  const begin = fewATurn(LOOKS_A_TURN);
  const reconcile = async (swapId: string) => {
    await new Promise<void>(begin);
    return reconcileSwap(claiming, swapId);
  };
  const runner = lookRunner({ log: deps.log, reconcile });
  const named = new Map(endpoints.map(({ name }) => [name, gatherMany((names) => findHinted(deps, name, names))]));
  const hint = async (provider: string, providerSwapId: string) => {
    const swapId = (await named.get(provider)?.(providerSwapId)) ?? null;
    if (swapId !== null) runner.lookSoon(swapId);
  };
  const sockets = new Map(endpoints.map((endpoint) => [endpoint.name, makeSocket(deps, endpoint, hint)]));
  const listen = (provider: string, providerSwapId: string) => sockets.get(provider)?.listenTo(providerSwapId);
  const opening = { ...deps, network, providers, listen, tipHeight: () => readTipHeight(deps), hints: hintPlaces(deps, hintsUrl) };
  const find = (provider: string, token: string) =>
    provider === ANY_PROVIDER ? findHintedAtAny(deps, [...sockets.keys()], token) : findByHintToken(deps, provider, token);
  const intake = hintIntake({ log: deps.log, lookSoon: runner.lookSoon, find });
  const following = { look: runner.look, swapsOf: (subjectId: string) => swapsOfSubject(deps, subjectId) };
  return {
    prepare: () => ensureKeyEra(deps, deps.signer.fingerprint),
    takeOver: () => endAllLeases(deps, deps.now()),
    terms: () => readTerms(providers),
    async open(request, inCommit, writes) {
      if (!providers.configured) return refuse(LIGHTNING_NOT_CONFIGURED);
      return openSwap(opening, request, inCommit, writes).catch(withoutSigner(deps, request.subjectId));
    },
    look: (subjectId) => lookAtSubject(following, subjectId),
    close: (subjectId) => closeSubject(following, subjectId),
    history: (subjectId) => historyOf(following, subjectId),
    invoices: (subjectIds) => shownInvoices(deps, subjectIds),
    reconcile: runner.look,
    hint,
    takeHint: intake.take,
    takeNamedHint: (providerSwapId) => intake.take(ANY_PROVIDER, providerSwapId),
    lookAtDueSwaps: () => sweepSwaps({ ...deps, look: runner.look }),
    glanceAtUnpaid: () => glanceAtUnpaid({ ...claiming, look: runner.look }),
    providerStatuses: () => providers.statuses(),
    start() {
      for (const socket of sockets.values()) socket.start();
    },
    async stop() {
      await Promise.all([intake.stop(), ...[...sockets.values()].map((socket) => socket.stop())]);
      await runner.idle();
    },
  };
}

/** No key, no invoice: the caller comes back as for a provider that is away. What was reserved meanwhile is resumed or burnt, as after a crash. */
function withoutSigner({ log }: Pick<LightningDeps, 'log'>, subjectId: string) {
  return (fault: unknown) => {
    if (!(fault instanceof SignerAway)) throw fault;
    log.warn({ subjectId, reason: fault.message }, 'no invoice without the signer');
    return refuse(PROVIDER_UNAVAILABLE);
  };
}

function makeSocket(deps: LightningDeps, endpoint: ProviderEndpoint, hint: (provider: string, id: string) => Promise<void>) {
  const onHint = (id: string) => {
    hint(endpoint.name, id).catch((error: unknown) => deps.log.warn({ err: error }, 'a hint could not be followed'));
  };
  const liveIds = () => liveProviderSwapIds(deps, endpoint.name, LISTEN_LIMIT);
  return providerSocket({ log: deps.log, random: deps.random, hint: onHint, liveIds }, endpoint);
}
