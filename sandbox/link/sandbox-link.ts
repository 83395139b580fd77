import type { Log } from '../../src/lib/log.ts';
import type { Clock } from '../../src/lib/time.ts';
import type { SandboxHost } from '../control/sandbox-host.ts';
import type { SandboxAccount } from '../control/sandbox-state.ts';
import type { Ask, FromProduct, FromSandbox } from './link-wire.ts';
import { WebSocket } from 'ws';
import { SECOND_MS, pause } from '../../src/lib/time.ts';
import { MovedClock } from '../control/moved-clock.ts';
import { fromSandbox, LINK_PATH, MESSAGE_BYTES_MAX } from './link-wire.ts';
import { parseJson } from './serve-control.ts';

export type FarWorld = Pick<Extract<FromSandbox, { kind: 'world' }>, 'providerUrl' | 'chainUrl' | 'ratesUrls' | 'operatorDescriptor'>;

/** How soon a sandbox that went away is looked for again: it restarts within seconds. */
const RETRY_MS = SECOND_MS / 4;

/** This process's place in a sandbox of another process: its clock, and the questions that the sandbox asks. Looked for again whenever it is lost. */
export class SandboxLink {
  readonly #options: { readonly url: string; readonly baseClock: Clock; readonly log: Log };
  readonly #clock: MovedClock;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  /** Resolves at the first sight of the sandbox: its addresses are kept over its restarts. */
  readonly world: Promise<FarWorld>;
  #seen: (world: FarWorld) => void = () => undefined;
  #known: FarWorld | null = null;
  #socket: WebSocket | null = null;
  #link: string | null = null;
  #host: SandboxHost | null = null;
  #demo: SandboxAccount | null = null;
  #isAttached = false;
  #attached: { done: () => void; failed: (error: Error) => void } | null = null;
  #isMissed = false;

  constructor(options: { url: string; baseClock: Clock; log: Log }) {
    this.#options = options;
    this.#clock = new MovedClock(options.baseClock);
    this.world = new Promise((resolve) => (this.#seen = resolve));
    this.#running = this.#run();
  }

  /** The sandbox's clock. While the sandbox is away it goes on from where it was. */
  readonly now: Clock = () => this.#clock.now();

  /** Null: the sandbox is away, or does not know this process yet. */
  get id(): string | null {
    return this.#isAttached ? this.#link : null;
  }

  get demo(): SandboxAccount | null {
    return this.#demo;
  }

  /** From now on the sandbox may ask `host`. Resolves once it knows this process, however long that takes. */
  attach(host: SandboxHost): Promise<void> {
    this.#host = host;
    return new Promise((done, failed) => {
      this.#attached = { done, failed };
      if (this.#link !== null) this.#send({ kind: 'attach' });
    });
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#socket?.terminate();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { url, log } = this.#options;
    while (!this.#ending.signal.aborted) {
      const reason = await this.#connect();
      this.#clock.letFlow();
      if (this.#ending.signal.aborted) return;
      if (!this.#isMissed) log.warn({ url, reason }, 'the sandbox is away; it is looked for again and again');
      this.#isMissed = true;
      await pause(RETRY_MS, this.#ending.signal).catch(() => undefined); // closed meanwhile
    }
  }

  /** One connection, from its start to its end. @returns why it ended */
  #connect(): Promise<string> {
    const address = new URL(this.#options.url.replace(/^http/, 'ws') + LINK_PATH);
    const socket = new WebSocket(address, { maxPayload: MESSAGE_BYTES_MAX, handshakeTimeout: 5 * SECOND_MS });
    this.#socket = socket;
    let reason = 'the connection ended';
    socket.on('message', (data) => {
      const message = fromSandbox.safeParse(parseJson(String(data)));
      if (message.success) return this.#take(message.data);
      reason = 'it does not speak as a sandbox does';
      socket.terminate();
    });
    socket.on('error', (error) => (reason = error.message));
    return new Promise((resolve) => {
      socket.on('close', () => {
        this.#link = null;
        this.#isAttached = false;
        resolve(reason);
      });
    });
  }

  #take(message: FromSandbox): void {
    if (message.kind === 'world') this.#arrive(message);
    else if (message.kind === 'clock') this.#clock.set(message.clock);
    else if (message.kind === 'ask') void this.#answer(message.id, message.ask);
    else if (message.kind === 'attached') {
      this.#demo = message.demo;
      this.#isAttached = true;
      this.#attached?.done();
    } else {
      this.#options.log.error({ reason: message.reason }, 'the sandbox could not make its demo account here');
      this.#attached?.failed(new Error(message.reason));
    }
  }

  #arrive({ kind: _, link, clock, ...world }: Extract<FromSandbox, { kind: 'world' }>): void {
    const { log, url } = this.#options;
    if (this.#known && JSON.stringify(this.#known) !== JSON.stringify(world))
      log.error({ url }, 'the sandbox came back with other addresses: start AvoPay again');
    if (this.#isMissed) log.info({ url }, 'the sandbox is there');
    this.#isMissed = false;
    this.#link = link;
    this.#clock.set(clock);
    this.#known ??= world;
    this.#seen(world);
    if (this.#host) this.#send({ kind: 'attach' });
  }

  async #answer(id: number, ask: Ask): Promise<void> {
    try {
      this.#send({ kind: 'done', id, value: (await this.#do(ask)) ?? null });
    } catch (error) {
      this.#send({ kind: 'failed', id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async #do(ask: Ask): Promise<unknown> {
    const host = this.#host;
    if (!host) throw new Error('not attached');
    if (ask.name === 'createAccount') return host.createAccount(ask.order);
    if (ask.name === 'connectWallet') return host.connectWallet(ask.accountId, ask.descriptor);
    if (ask.name === 'setWebhook') return host.setWebhook(ask.accountId, ask.url, ask.secret);
    if (ask.name === 'knowsAccount') return host.knowsAccount(ask.accountId);
    if (ask.name === 'readMails') return (await host.readMails?.()) ?? [];
    return host.runDue();
  }

  /** To a connection that ended meanwhile nothing is said: the next one begins anew. */
  #send(message: FromProduct): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
