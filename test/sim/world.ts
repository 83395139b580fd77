import type { Log } from '../../src/lib/log.ts';
import type { Owner } from './scheduler.ts';
import type { Plan } from './plan.ts';
import type { Row } from './rows.ts';
import type { SimServer } from './server.ts';
import { chooseLosses, crashPoint } from './crash-points.ts';
import { SimChain, witnessOf } from './chain.ts';
import { Dice } from './dice.ts';
import { Faults } from './faults.ts';
import { Invariants } from './invariants.ts';
import { jobsOf, Loop } from './jobs.ts';
import { MemoryServer } from './memory-database.ts';
import { SimFault, SimNode } from './node.ts';
import { ACCOUNT, ENDPOINT, throwPlan, ZERO_CONF_MAX_SATS } from './plan.ts';
import { SimProvider } from './provider.ts';
import { DAY_ONE_MS, Scheduler } from './scheduler.ts';
import { CHAIN_ID } from './stand-ins.ts';

/** Errors that an outage, or two requests of one client at once, explain; any other says that a promise of ours was broken. */
const EXPLAINED =
  /deadlock detected|the transaction is over|Transaction API error|cannot be read|no chain source shows|has passed to another worker|swap!subjectId|violated: payment id|Swap_subjectId_attempt_key|(Payment|Registration)_pkey/;
/** PostgreSQL ends a transaction whose client says nothing for this long. */
const IDLE_TRANSACTION_MS = 15_000;

/** Everything of one seed: the cluster, the far sides, and what has been seen to go wrong. */
export class World {
  readonly time: Scheduler;
  readonly faults: Faults;
  readonly chance: Dice;
  readonly chain = new SimChain();
  readonly server: SimServer;
  readonly provider: SimProvider;
  readonly nodes: readonly SimNode[];
  readonly plans: readonly Plan[];
  readonly invariants: Invariants;
  readonly violations: string[] = [];
  /** Crash points, edges and faults that came to pass, and how often. */
  readonly hits = new Map<string, number>();
  /** Crash points at which a process of this storm dies for certain, besides the deaths that chance brings: once each. */
  readonly doomed = new Set<string>();
  readonly received: { eventId: string; sequence: number; atMs: number; status: number | null }[] = [];
  readonly zeroConfMaxSats = ZERO_CONF_MAX_SATS;
  readonly minConfirmations: number;
  /** Nobody releases what is held: it waits until the provider may take its lockup back. */
  readonly isOperatorAway: boolean;
  readonly #lagMs: number;
  readonly #loops = new Map<SimNode, readonly Loop[]>();
  followedHeight: number | null = null;
  /** The version of the chain that the follower has told everything of. */
  followed = 0;

  constructor(seed: number, server: SimServer = new MemoryServer()) {
    this.server = server;
    this.time = new Scheduler(seed);
    this.faults = new Faults(seed);
    this.chance = new Dice(seed, 'chance');
    const shape = new Dice(seed, 'shape');
    this.minConfirmations = shape.oneOf([0, 0, 1, 2]);
    this.#lagMs = this.faults.on.has('chain_source_lags') ? shape.whole(500, 20_000) : 0;
    this.isOperatorAway = new Dice(seed, 'operator').hits(0.3);
    const skews = () => (this.faults.on.has('skew') ? shape.whole(-25_000, 25_000) : shape.whole(-200, 200));
    this.nodes = Array.from({ length: shape.oneOf([1, 2, 2, 3]) }, (_, i) => new SimNode(this, `node-${i}`, skews()));
    this.plans = Array.from({ length: shape.oneOf([1, 1, 2, 3]) }, () => throwPlan(shape));
    this.provider = new SimProvider({ chain: this.chain, faults: this.faults, nowMs: () => this.time.nowMs });
    this.invariants = new Invariants(this);
    this.server.fill(firstRows());
    this.server.onCommit = (changes, owner) => {
      this.invariants.onCommit(changes, owner);
      const tables = new Set(changes.map(({ table }) => table));
      for (const node of this.nodes) this.#poke(node, tables);
    };
    this.provider.onPreimage = (hash) => this.invariants.onPreimage(hash);
    this.chain.onOffer = (hex) => this.#readWitness(hex);
  }

  /** The first node that lives follows the chain. */
  get follower(): SimNode | null {
    return this.nodes.find(({ graph }) => graph !== null) ?? null;
  }

  hit(name: string): void {
    this.hits.set(name, (this.hits.get(name) ?? 0) + 1);
  }

  violate(what: string): void {
    if (this.violations.length < 5 && !this.violations.includes(what)) this.violations.push(what);
    this.time.note(`VIOLATION ${what}`);
  }

  boot(node: SimNode): void {
    node.boot();
    const { graph } = node;
    if (!graph) return;
    this.time.note(`boot ${node.owner.name}`);
    this.#loops.set(
      node,
      jobsOf(graph).map((job) => new Loop(graph, job)),
    );
    this.#poke(node);
  }

  #poke(node: SimNode, tables?: ReadonlySet<string>): void {
    if (!node.graph) return;
    for (const loop of this.#loops.get(node) ?? []) if (!tables || loop.concerns(tables)) loop.poke();
  }

  pokeAll(): void {
    for (const node of this.nodes) this.#poke(node);
  }

  isDoomed(label: string, phase: 'before' | 'after'): boolean {
    if (this.doomed.size === 0 || this.faults.over) return false;
    const point = crashPoint(label, phase);
    return point !== null && this.doomed.delete(point);
  }

  crash(node: SimNode, label: string, phase: 'before' | 'after'): void {
    const point = crashPoint(label, phase);
    if (point) this.hit(point);
    for (const more of chooseLosses(label, phase)) this.hit(more);
    this.time.note(`CRASH ${node.owner.name} ${phase} ${label}`);
    node.die();
    this.time.in(this.faults.dice.whole(500, 30_000), `restart ${node.owner.name}`, () => this.boot(node), null);
  }

  /** Stands still longer than any lease; the database gives up on what it had begun. */
  pause(node: SimNode, label: string): void {
    const { owner } = node;
    owner.pausedUntil = this.time.nowMs + this.faults.dice.whole(21_000, 70_000);
    this.time.note(`PAUSE ${owner.name} after ${label}`);
    this.hit('pause');
    this.time.in(IDLE_TRANSACTION_MS, 'idle transactions end', this.server.begunBy(owner), null);
  }

  broadcast(hex: string): { accepted: true } | { accepted: false; reason: string } {
    this.chain.onOffer(hex);
    const sent = this.chain.add(hex, this.time.nowMs);
    this.pokeAll();
    return sent;
  }

  #readWitness(hex: string): void {
    const [item] = witnessOf(hex);
    if (item?.length === 32) this.provider.learn(item);
  }

  lagMs(source: number): number {
    return source === 1 && !this.faults.over ? this.#lagMs : 0;
  }

  /** The merchant's receiver. Null: no answer. */
  receive(headers: { readonly [name: string]: string }): number | null {
    const status = this.faults.strikes('receiver_fails') ? this.faults.dice.oneOf([500, 302, 429, null]) : 200;
    const eventId = headers['webhook-id'] ?? '';
    this.received.push({ eventId, sequence: 0, atMs: this.time.nowMs, status });
    return status;
  }

  logOf(node: SimNode): Log {
    const owner: Owner = node.owner;
    const say = (level: string) => (facts: object, sentence: string) =>
      this.time.note(`${level} ${owner.name} ${sentence} ${brief(facts)}`);
    return {
      info: say('info'),
      warn: (facts, sentence) => {
        if (sentence.includes('another worker took') || sentence.includes('after its lease')) this.hit('C22');
        say('warn')(facts, sentence);
      },
      error: (facts, sentence) => {
        say('error')(facts, sentence);
        const fault = [facts['fault'], facts['err'], facts['error']].find((one) => one instanceof Error);
        if (fault && !(fault instanceof SimFault) && !EXPLAINED.test(fault.message))
          this.violate(`fault: ${fault.message.replaceAll(/(swp|pmt)_\w+/g, '$1')}`);
      },
    };
  }
}

/** The merchant of every storm: one wallet, one receiver. */
export function firstRows(): readonly (readonly [table: string, row: Row])[] {
  const createdAt = new Date(DAY_ONE_MS);
  const account = { id: ACCOUNT, name: 'Shop', status: 'active', isOperator: false, settings: {}, trialUsed: 0, eventSeq: 0n };
  const chain = { id: CHAIN_ID, accountId: ACCOUNT, descriptorSealed: new Uint8Array(1), nextIndex: 0, lastUsedIndex: -1 };
  const endpoint = {
    id: ENDPOINT,
    accountId: ACCOUNT,
    mode: 'live',
    isDefault: true,
    url: 'https://shop.example.com/hook',
    eventTypes: [],
  };
  const rest = { secretSealed: null, oldSecretSealed: null, oldSecretUntil: null, failingSince: null, breakerOpenUntil: null };
  return [
    ['account', { ...account, version: 0, createdAt }],
    ['keyIndex', { era: 1, nextIndex: 0, xpubFingerprint: 'sim' }],
    ['scriptChain', { ...chain, scannedAt: createdAt, createdAt }],
    ['webhookEndpoint', { ...endpoint, ...rest, status: 'enabled', version: 1, createdAt }],
  ];
}

function brief(facts: object): string {
  return Object.values(facts)
    .map((fact) => (fact instanceof Error ? fact.message : String(fact)))
    .join(' ');
}
