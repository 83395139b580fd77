import type { Sats } from '../../src/lib/money.ts';
import type { Rate } from '../../src/rates/rate.ts';
import type { PollDeps } from '../../src/registrations/poll-registration.ts';
import type { RegistrationView } from '../../src/registrations/registration.ts';
import type { Graph } from './node.ts';
import type { World } from './world.ts';
import { openPlanInvoice } from '../../src/billing/plan-invoice.ts';
import { sameBytes, toHex } from '../../src/lib/bytes.ts';
import { base32Id, ID_PREFIXES } from '../../src/lib/ids.ts';
import { ok, refuse } from '../../src/lib/result.ts';
import { addMs, pause } from '../../src/lib/time.ts';
import { insertQuote } from '../../src/rates/quote-store.ts';
import { mintRegistrationKey } from '../../src/registrations/open-paid-account.ts';
import { pollRegistration } from '../../src/registrations/poll-registration.ts';
import { hashRegistrationId } from '../../src/registrations/register.ts';
import { findRegistration, giveBackAttempt, insertRegistration, takeNextAttempt } from '../../src/registrations/registration-store.ts';
import { registrationSubject } from '../../src/registrations/registration.ts';
import { historyOf } from '../../src/swaps/follow-subject.ts';
import { PROVIDER_UNAVAILABLE } from '../../src/swaps/lightning.ts';
import { swapsOfSubject } from '../../src/swaps/swap-store.ts';
import { payShown } from './actors.ts';
import { Dice } from './dice.ts';
import { openInvoice } from './opening.ts';
import { ACCOUNT } from './plan.ts';
import { DAY_ONE_MS } from './scheduler.ts';
import { tagSealer } from './stand-ins.ts';

/** What one agent does: asks for an account, pays for it or not, and polls from several places at once for its key. */
type Agent = Readonly<{
  id: string;
  idHash: Uint8Array<ArrayBuffer>;
  subjectId: string;
  email: string;
  passwordHash: string;
  createAfterMs: number;
  /** Of the registration, and of each of its invoices. */
  lifeMs: number;
  invoiceMs: number;
  /**
   * `twice`: a second invoice is shown while the first can be paid. `last_moment`: the invoice is over before the provider locks up, so that
   * another one is shown meanwhile, or none any more.
   */
  pays: 'once' | 'twice' | 'last_moment' | 'never';
  clients: number;
}>;

/** One storm in so many has agents: their swaps cost as much time of the processor as those of the payments. */
const STORMS_EACH = 7;
/** Nine dollars are 9,000 sats, which wait for no block. */
const RATE: Rate = { currency: 'USD', minorPerBtcE4: 100_000_000_000n, sources: [], takenAt: new Date(DAY_ONE_MS) };
const USD_MINOR = 900n;
const PLAN = 'lightning_monthly';
/** An invoice outlives what was asked of it by this (src/swaps/reserve-swap.ts). */
const EXTRA_MS = 15_000;
/** Polls of one round begin within this: the first one's statements lie between those of the others. */
const ROUND_MS = 6;
const CALM_POLL_MS = 360_000;
/** A server whose clock is behind still issues invoices for so long. */
const LATEST_MS = 30_000;
const DEAD = ['expired', 'refunded', 'rejected'];
/** Long after everything has come to rest, short enough before the end of the storm's last minute. */
const LAST_POLL_MS = 54 * 60_000;
const OPENING_TRIES = 8;

/** Sets agents in motion, and the deaths that this storm is set on for them: chance alone would bring one in hundreds of storms. */
export function startAgents(world: World, seed: number): void {
  if (seed % STORMS_EACH !== 1) return; // the very first one has them, for the runs that play no more than one
  const dice = new Dice(seed, 'agents');
  for (const point of ['C24', 'C25']) if (dice.hits(0.75)) world.doomed.add(point);
  const first = throwAgent(dice, 'agent@example.com', 'hash of a password');
  const agents = [first];
  if (dice.hits(0.3)) agents.push(throwAgent(dice, dice.oneOf([first.email, 'other@example.com']), first.passwordHash));
  for (const agent of agents) {
    const actor = new AgentActor(world, dice, agent);
    world.time.in(agent.createAfterMs, 'agent asks', () => actor.ask(OPENING_TRIES), null);
  }
}

function throwAgent(dice: Dice, email: string, passwordHash: string): Agent {
  const id = toHex(dice.bytes(32));
  const idHash = hashRegistrationId(tagSealer.hash, id);
  const invoiceMs = dice.whole(60, 80) * 1_000;
  const pays = dice.oneOf(['once', 'twice', 'twice', 'twice', 'twice', 'last_moment', 'last_moment', 'never'] as const);
  const lifeMs = pays !== 'twice' && dice.hits(0.4) ? invoiceMs : dice.whole(150, 240) * 1_000;
  const createAfterMs = dice.whole(0, 90_000);
  const names = { id, idHash, subjectId: registrationSubject(idHash), email, passwordHash };
  return { ...names, createAfterMs, lifeMs, invoiceMs, pays, clients: dice.whole(2, 3) };
}

class AgentActor {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #agent: Agent;
  readonly #paid = new Set<string>();
  #isOpen = false;
  /** Keys that left a server: a client whose patience was over counts too. */
  #handed = 0;
  /** Rounds that come after the key is gone: nobody may be handed another. */
  #roundsLeft = 3;

  constructor(world: World, dice: Dice, agent: Agent) {
    this.#world = world;
    this.#dice = dice;
    this.#agent = agent;
  }

  /** One of the servers, and again until a yes was heard. */
  ask(tries: number): void {
    const again = () => {
      if (!this.#isOpen && tries > 1)
        this.#world.time.in(this.#dice.whole(2_000, 12_000), 'agent asks again', () => this.ask(tries - 1), null);
    };
    this.#world.time.in(25_000, 'agent loses patience', again, null);
    this.#on(async (graph) => {
      if (this.#isOpen || !(await this.#register(graph))) return;
      this.#world.time.in(1, 'agent hears', () => this.#begin(), null);
    });
  }

  /** As src/registrations/register.ts does it, but with the same id again: the row and its first invoice are one commit. */
  async #register(graph: Graph): Promise<boolean> {
    const { idHash, subjectId, email, passwordHash, lifeMs } = this.#agent;
    const createdAt = graph.node.now();
    const expiresAt = addMs(createdAt, lifeMs);
    const order = { subject: 'registration', subjectId, attempt: 0, plan: PLAN, usdMinor: USD_MINOR, expiresAt } as const;
    const row = { idHash, email, passwordHash, plan: PLAN, usdMinor: USD_MINOR, createdAt, expiresAt } as const;
    const opened = await openPlanInvoice(this.#invoicing(graph), order, (tx) => insertRegistration(tx, row));
    return opened.ok;
  }

  #begin(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#round();
  }

  /** Every client asks in the same moment, somewhere. */
  #round(): void {
    const { time, faults } = this.#world;
    for (let i = 0; i < this.#agent.clients; i++) time.in(this.#dice.whole(0, ROUND_MS), 'agent polls', () => this.#poll(), null);
    if (this.#isOver() && --this.#roundsLeft < 0) return;
    const isHasty = this.#agent.pays === 'twice' && this.#paid.size < 2;
    const stormMs = isHasty ? this.#dice.whole(1_000, 4_000) : this.#dice.whole(12_000, 25_000);
    const restMs = faults.over ? CALM_POLL_MS : stormMs;
    if (time.nowMs + restMs < DAY_ONE_MS + LAST_POLL_MS) time.in(restMs, 'agent polls again', () => this.#round(), null);
  }

  /** Nothing can come of it any more: its key is made, or its time is over and so is every invoice of it. */
  #isOver(): boolean {
    const { server, time } = this.#world;
    const registration = this.#registration();
    if (registration?.['apiKeyId']) return true;
    const swaps = [...(server.tables.get('swap')?.values() ?? [])].filter(({ subjectId }) => subjectId === this.#agent.subjectId);
    const isLate = registration !== undefined && (registration['expiresAt'] as Date).getTime() + LATEST_MS < time.nowMs;
    return isLate && registration['status'] === 'pending' && swaps.every(({ status }) => DEAD.includes(String(status)));
  }

  #poll(): void {
    const { pays, invoiceMs, id } = this.#agent;
    const aheadMs = pays === 'twice' && this.#paid.size === 1 ? invoiceMs + 2 * EXTRA_MS : 0;
    this.#on(async (graph) => {
      const answer = await pollRegistration(this.#polling(graph, aheadMs), id);
      if (answer.ok) this.#hear(answer.value);
      else this.#world.violate(`a registration that was shown is ${answer.error.code}`);
    });
  }

  #hear(view: RegistrationView): void {
    if (view.status === 'pending') this.#pay(view.invoice, view.sats);
    if (view.status !== 'active' || view.apiKey === null) return;
    const { tables } = this.#world.server;
    const key = tables.get('apiKey')?.get(String(this.#registration()?.['apiKeyId']));
    const hash = tagSealer.hash('api-key', view.apiKey.reveal());
    if (!key || !sameBytes(key['hash'] as Uint8Array, hash)) this.#world.violate('R8 a key was handed over that opens nothing');
    if (++this.#handed > 1) this.#world.violate('R8 a second key was handed over');
  }

  /** What it was shown, once each. */
  #pay(invoice: string, amountSats: Sats): void {
    const { pays } = this.#agent;
    if (pays === 'never' || this.#paid.has(invoice)) return;
    const { server, time } = this.#world;
    const row = [...(server.tables.get('swap')?.values() ?? [])].find((one) => one['invoice'] === invoice);
    if (!row) {
      this.#world.violate('I12 another invoice was shown');
      return;
    }
    const isFirst = this.#paid.size === 0;
    this.#paid.add(invoice);
    const endsInMs = (row['invoiceExpiresAt'] as Date).getTime() - time.nowMs;
    const earlyMs = this.#dice.whole(1_000, 6_000);
    const waits = pays === 'last_moment' && isFirst;
    const afterMs = waits ? Math.max(0, endsInMs - earlyMs) : this.#dice.whole(200, isFirst ? 20_000 : 2_000);
    const heldMs = waits ? earlyMs + this.#dice.whole(8_000, 24_000) : null;
    time.in(afterMs, 'agent pays invoice', () => payShown(this.#world, row, amountSats, heldMs), null);
  }

  #registration() {
    return this.#world.server.tables.get('registration')?.get(this.#agent.subjectId);
  }

  #on(work: (graph: Graph) => Promise<void>): void {
    const node = this.#dice.oneOf(this.#world.nodes);
    const { graph } = node;
    if (!graph) return;
    this.#world.time.current = node.owner;
    work(graph).catch((fault: unknown) => graph.log.error({ fault }, 'an agent was not answered'));
  }

  #invoicing(graph: Graph) {
    return {
      currentRate: async () => ok(RATE),
      operator: async () => ok(ACCOUNT),
      insertQuote,
      quoteIdOf: (swapId: string) => base32Id(ID_PREFIXES.quote, tagSealer.hash('quote of a plan', swapId)),
      lightning: this.#lightning(graph),
    };
  }

  /** Swaps as the real backend shows them, opened as payments are here; its invoices live shorter than what they are for. */
  #lightning(graph: Graph): PollDeps['lightning'] {
    const swapsOf = (subjectId: string) => swapsOfSubject(graph.claiming, subjectId);
    return {
      history: (subjectId) => historyOf({ swapsOf }, subjectId),
      open: async (request, within) => {
        const longest = addMs(graph.node.now(), this.#agent.invoiceMs);
        const expiresAt = request.expiresAt < longest ? request.expiresAt : longest;
        const opened = await openInvoice(graph, { request: { ...request, expiresAt }, within });
        return opened ? ok(opened) : refuse(PROVIDER_UNAVAILABLE);
      },
    };
  }

  /** `aheadMs`: the clock that looks whether the last invoice has lapsed is wrong by so much, and another one is issued beside it. */
  #polling(graph: Graph, aheadMs: number): PollDeps {
    const { database, random, log, node } = graph;
    const { now } = node;
    return {
      ...{ ...this.#invoicing(graph), now: () => addMs(now(), aheadMs), log, hash: tagSealer.hash, wait: pause },
      find: (idHash) => findRegistration(database, idHash),
      takeNextAttempt: (registration) => takeNextAttempt(database, registration),
      giveBackAttempt: (registration) => giveBackAttempt(database, registration),
      mintKey: (registration) => mintRegistrationKey({ database, now, random, sealer: tagSealer }, registration),
    };
  }
}
