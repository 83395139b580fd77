import type { AuditEntry } from '../../prisma/generated/client.ts';
import type { Database, Tx, Write } from '../../src/lib/database.ts';
import type { Log, LogFacts } from '../../src/lib/log.ts';
import type { HttpCall } from '../../src/lib/http-client.ts';
import type { LightningProgress, LightningRequest, OpenedInvoice } from '../../src/swaps/lightning.ts';
import type { LightningDeps, SwapBackend } from '../../src/swaps/make-lightning-backend.ts';
import type { Signer } from '../../src/swaps/signer.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChain } from '../../sandbox/chain/open-chain.ts';
import { serveEsplora } from '../../sandbox/chain/serve-esplora.ts';
import { loadZkp } from '../../sandbox/elements/zkp.ts';
import { MerchantWallet } from '../../sandbox/merchant-wallet/scan-wallet.ts';
import { makeDescriptor, readDescriptor } from '../../sandbox/merchant-wallet/wallet-descriptor.ts';
import { readInvoice } from '../../sandbox/provider/bolt11-invoice.ts';
import { startProvider } from '../../sandbox/provider/start-provider.ts';
import { Shopper } from '../../sandbox/shopper/shopper.ts';
import { askIn, inTx } from '../../src/lib/database.ts';
import { insertInto } from '../../src/lib/row-statements.ts';
import { httpCall } from '../../src/lib/http-client.ts';
import { newId } from '../../src/lib/ids.ts';
import { makeLog } from '../../src/lib/log.ts';
import { sats } from '../../src/lib/money.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { makeSealer } from '../../src/lib/sealed.ts';
import { Secret } from '../../src/lib/secret.ts';
import { esploraClient } from '../../src/liquid/esplora-client.ts';
import { startProofPool } from '../../src/liquid/proof-pool.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { makeLightningBackend } from '../../src/swaps/make-lightning-backend.ts';
import { connectWallet } from '../../src/wallets/connect-wallet.ts';
import { takeClaimAddress } from '../../src/wallets/take-claim-address.ts';
import { expect } from 'vitest';
import { freshDatabase } from './database.ts';
import { localSigner } from './local-signer.ts';

const HOST = '127.0.0.1';
const PAY = { parts: 1, sentParts: 1, delayMs: 0 } as const;

/** Kills a "process" at its nth call to the world: that call does not happen ('before') or its answer is lost ('after'), and nothing works any more. */
export class Death {
  steps = 0;
  dead = false;
  readonly #at: number;
  readonly #mode: 'before' | 'after';
  constructor(at = Number.POSITIVE_INFINITY, mode: 'before' | 'after' = 'before') {
    this.#at = at;
    this.#mode = mode;
  }
  async step<T>(act: () => Promise<T>): Promise<T> {
    this.check();
    const step = ++this.steps;
    if (step === this.#at && this.#mode === 'before') this.dead = true;
    this.check();
    const result = await act();
    if (step === this.#at) this.dead = true;
    this.check();
    return result;
  }
  check(): void {
    if (this.dead) throw new Error('the process is dead');
  }
}

export type SwapWorld = Awaited<ReturnType<typeof openSwapWorld>>;
export type Rules = {
  http?: HttpCall;
  mayAccept?: LightningDeps['mayAccept'];
  /** What is said of swaps goes here too, after it was kept. */
  onProgress?: LightningDeps['onProgress'];
  chains?: LightningDeps['chains'];
  zeroConfMaxSats?: bigint;
  hintsUrl?: string;
  providers?: LightningDeps['settings']['providers'];
  /** What stands between the backend and the signer. */
  signer?: (signer: Signer) => Signer;
};

/** Database, chain, provider, shopper and a merchant with a connected wallet; backends are made by the test, as many as it wants. */
export async function openSwapWorld() {
  await readyLiquid();
  const { database, connectionString, close } = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'swaps-'));
  let offsetMs = 0;
  const now = () => new Date(Date.now() + offsetMs);
  const opened = await openChain({ folder, now, mineByClock: false });
  const log = makeLog('silent');
  const provider = await startProvider({ folder, chain: opened.chain, wallet: opened.providerWallet, now, log, host: HOST, port: 0 });
  const esplora = await serveEsplora(opened.chain, { host: HOST, port: 0 });
  const shopper = await Shopper.open({ path: join(folder, 'shopper.jsonl'), provider, now });
  const proofs = startProofPool(1);
  const sealingKey = new Secret(systemRandom(32));
  const sealer = makeSealer(sealingKey, systemRandom);
  const seed = new Secret(systemRandom(64));
  const chain = esploraClient({ http: httpCall }, { name: 'esplora', url: esplora.url });
  const merchant = await makeMerchant({ database, sealer, now, opened });
  const logged: { level: string; sentence: string; facts: LogFacts }[] = [];

  const parts = { database, sealer, seed, proofs, now, logged, esploraUrl: esplora.url, providerUrl: provider.url };
  const backend = (death = new Death(), rules: Rules = {}): SwapBackend => backendOf(parts, death, rules);

  return {
    ...{
      ...opened,
      database,
      connectionString,
      sealingKey,
      provider,
      shopper,
      sealer,
      seed,
      proofs,
      esploraUrl: esplora.url,
      source: chain,
      merchant,
      now,
      logged,
      backend,
    },
    advance(ms: number) {
      offsetMs += ms;
    },
    request: (change: Partial<LightningRequest> = {}) => requestOf(merchant.accountId, now(), change),
    /** Resolves once the provider's lockup is in the mempool: what the payer's wallet says by then or later is `shopper.status`. */
    async pay({ invoice, swapId }: OpenedInvoice): Promise<void> {
      const read = readInvoice(invoice);
      if (!read) throw new Error('the shopper cannot read the invoice');
      const paying = shopper.pay(read, PAY);
      paying.catch(() => undefined); // looked at by its status
      const { lockupScript } = await database.client.swap.findUniqueOrThrow({ where: { id: swapId } });
      await expect.poll(() => opened.chain.transactionsOfScript(lockupScript ?? new Uint8Array()).length).toBe(1);
    },
    row: (swapId: string) => database.client.swap.findUniqueOrThrow({ where: { id: swapId } }),
    rows: (subjectId: string) => database.client.swap.findMany({ where: { subjectId }, orderBy: { attempt: 'asc' } }),
    /** What was said of a subject, in the order of its commits. */
    async said(subjectId: string) {
      const rows = await database.client.auditEntry.findMany({ where: { subjectId }, orderBy: { id: 'asc' } });
      return rows.map((row) => row.action);
    },
    async close() {
      await Promise.all([provider.close(), esplora.close(), shopper.close(), proofs.close()]);
      await opened.chain.close();
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A request for an invoice of ten minutes, for a payment of its own. */
function requestOf(accountId: string, at: Date, change: Partial<LightningRequest>): LightningRequest {
  const subjectId: string = newId(systemRandom, 'payment');
  const expiresAt = new Date(at.getTime() + 600_000);
  return { accountId, subject: 'payment', subjectId, attempt: 0, amountSats: sats(62_341n), description: 'Coffee', expiresAt, ...change };
}

type Parts = {
  readonly database: Database;
  readonly sealer: LightningDeps['sealer'];
  readonly seed: Secret<Uint8Array>;
  readonly proofs: LightningDeps['proofs'];
  readonly now: () => Date;
  readonly logged: { level: string; sentence: string; facts: LogFacts }[];
  readonly esploraUrl: string;
  readonly providerUrl: string;
};

/** One process's view of the world; every step that it takes outside itself may be its last. */
function backendOf(
  { database, sealer, seed, proofs, now, logged, esploraUrl, providerUrl }: Parts,
  death: Death,
  rules: Rules,
): SwapBackend {
  const mortal: Database = {
    get client() {
      death.check();
      return database.client;
    },
    transact: (work) => death.step(() => database.transact(work)),
    transactAsked: (work) => death.step(() => database.transactAsked(work)),
    read: (asked) => mortal.ask(asked),
    commit: (lane, asked) => death.step(() => database.commit(lane, asked)),
    ask: async (asked) => {
      death.check();
      const isRead = /^\s*SELECT/.test(asked.text);
      return isRead ? database.ask(asked) : death.step(() => database.ask(asked)); // a write is a commit of its own
    },
  };
  const chains = rules.chains ?? [
    esploraClient({ http: (call) => death.step(() => httpCall(call)) }, { name: 'esplora', url: esploraUrl }),
  ];
  const takeAddress: LightningDeps['takeClaimAddress'] = (tx, request) =>
    takeClaimAddress({ sealer, network: 'regtest', random: systemRandom }, tx, request);
  return makeLightningBackend({
    database: mortal,
    sealer,
    signer: (rules.signer ?? same)(localSigner({ database: mortal, sealer, chains, now, takeClaimAddress: takeAddress }, seed)),
    http: (call: Parameters<HttpCall>[0]) => death.step(() => (rules.http ?? httpCall)(call)),
    log: keepLog(logged),
    now,
    random: systemRandom,
    proofs: {
      unblind: (...args) => death.step(() => proofs.unblind(...args)),
      buildClaim: (...args) => death.step(() => proofs.buildClaim(...args)),
    },
    chains,
    takeClaimAddress: takeAddress,
    mayAccept: rules.mayAccept ?? (async () => true),
    recoveryRecord: async () => null,
    onProgress: async (tx, progress) => {
      await keepProgress(tx, progress);
      await rules.onProgress?.(tx, progress);
    },
    settings: {
      network: 'regtest',
      providers: rules.providers ?? [{ name: 'sandbox', url: providerUrl }],
      zeroConfMaxSats: sats(rules.zeroConfMaxSats ?? 100_000n),
      hintsUrl: rules.hintsUrl ?? null,
    },
  } as LightningDeps);
}

const same = (signer: Signer) => signer;

let saidCount = 0;

/** In the commit's own transaction, so that what a rolled-back commit said is not heard. */
async function keepProgress(tx: Tx, { kind, subjectId, at }: LightningProgress): Promise<void> {
  const id = `aud_${String(++saidCount).padStart(8, '0')}`;
  await askIn(tx)(insertShown({ id, actor: 'system', action: kind, subjectId, facts: {}, createdAt: at }));
}

/** The caller's own row of the commit that shows an invoice. */
export async function keepShown(tx: Tx, { swapId }: OpenedInvoice, subjectId: string): Promise<void> {
  const id = `aud_${String(++saidCount).padStart(8, '0')}`;
  await inTx(tx).auditEntry.create({ data: { id, actor: 'system', action: 'shown', subjectId, facts: { swapId }, createdAt: new Date() } });
}

/** The same as a write that is committed with others. */
export function writeShown(subjectId: string): Write {
  return insertShown({
    id: `aud_${String(++saidCount).padStart(8, '0')}`,
    actor: 'system',
    action: 'shown',
    subjectId,
    facts: {},
    createdAt: new Date(),
  });
}

const insertShown = insertInto<Partial<Omit<AuditEntry, 'facts'>> & { facts: object }>('AuditEntry', { json: ['facts'] });

function keepLog(logged: { level: string; sentence: string; facts: LogFacts }[]): Log {
  const at = (level: string) => (facts: LogFacts, sentence: string) => void logged.push({ level, sentence, facts });
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

type MerchantDeps = { database: Database; sealer: LightningDeps['sealer']; now: () => Date; opened: Awaited<ReturnType<typeof openChain>> };

async function makeMerchant({ database, sealer, now, opened }: MerchantDeps) {
  const accountId: string = newId(systemRandom, 'account');
  const row = { name: 'Shop', status: 'active', isOperator: false, settings: {}, trialUsed: 0, eventSeq: 0n, version: 1, createdAt: now() };
  await database.client.account.create({ data: { id: accountId, ...row } });
  const descriptor = makeDescriptor(systemRandom(32));
  const deps = {
    database,
    network: 'regtest',
    sealer,
    random: systemRandom,
    now,
    usedUpTo: async () => -1,
    recordEvent: async () => undefined,
  } as const;
  const connected = await connectWallet(deps, { accountId, lbtcDescriptor: descriptor, btclnDescriptor: descriptor, via: 'api' });
  const scripts = readDescriptor(descriptor);
  if (!connected.ok || !scripts) throw new Error('the merchant has no wallet');
  const wallet = new MerchantWallet({ chain: opened.chain, zkp: await loadZkp() }, scripts);
  return { accountId, wallet };
}
