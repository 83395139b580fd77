import type { Clock } from '../../src/lib/time.ts';
import type { Journal } from '../journal.ts';
import type { ClockStand } from './moved-clock.ts';
import { addMs } from '../../src/lib/time.ts';
import { openJournal } from '../journal.ts';
import { MovedClock } from './moved-clock.ts';

/** An account that the sandbox made: shown again at each start, with the same keys. */
export type SandboxAccount = Readonly<{
  account_id: string;
  email: string;
  password: string;
  secret_key: string;
  publishable_key: string;
  descriptor: string;
}>;

export type SandboxPorts = Readonly<{ provider: number; chain: number; rates: number; inbox: number }>;

type Line =
  | { readonly kind: 'clock'; readonly offsetMs: number; readonly nowMs: number }
  | { readonly kind: 'ports'; readonly ports: SandboxPorts }
  | { readonly kind: 'operator'; readonly descriptor: string }
  | { readonly kind: 'account'; readonly account: SandboxAccount; readonly demo: boolean };

/** What the sandbox itself remembers: how far its clock is ahead, its ports, the accounts it made. */
export class SandboxState {
  readonly #journal: Journal<Line>;
  readonly #clock: MovedClock;
  readonly #followers = new Set<(stand: ClockStand) => void>();
  readonly #accounts = new Map<string, SandboxAccount>();
  readonly #demos: SandboxAccount[] = [];
  #ports: SandboxPorts = { provider: 0, chain: 0, rates: 0, inbox: 0 };
  #operator: string | null = null;

  private constructor(journal: Journal<Line>, baseClock: Clock) {
    this.#journal = journal;
    this.#clock = new MovedClock(baseClock);
    for (const line of journal.entries) this.#apply(line);
  }

  static async open(path: string, baseClock: Clock): Promise<SandboxState> {
    return new SandboxState(await openJournal<Line>(path), baseClock);
  }

  /** The business clock of the whole deployment. */
  readonly now: Clock = () => this.#clock.now();

  /** Moves the clock ahead, durably, but holds the time that is shown at the present moment until `showTime` or `release` let it go on. */
  async advance(ms: number): Promise<Date> {
    const now = this.now();
    const { offsetMs } = this.#clock.stand;
    this.showTime(now);
    await this.#record({ kind: 'clock', offsetMs: offsetMs + ms, nowMs: now.getTime() + ms });
    return addMs(now, ms);
  }

  showTime(at: Date): void {
    this.#setClock({ pinnedMs: at.getTime() });
  }

  release(): void {
    this.#setClock({ pinnedMs: null });
  }

  get clock(): ClockStand {
    return this.#clock.stand;
  }

  /** Tells how the clock stands whenever it was moved, held or let go. @returns an end to it */
  onClock(follow: (stand: ClockStand) => void): () => void {
    this.#followers.add(follow);
    return () => void this.#followers.delete(follow);
  }

  get ports(): SandboxPorts {
    return this.#ports;
  }

  async keepPorts(ports: SandboxPorts): Promise<void> {
    if (JSON.stringify(ports) !== JSON.stringify(this.#ports)) await this.#record({ kind: 'ports', ports });
  }

  /** One for each deployment that ever played here, the latest first. */
  get demos(): readonly SandboxAccount[] {
    return this.#demos;
  }

  /** Descriptor of the wallet that plans are paid to. */
  get operator(): string | null {
    return this.#operator;
  }

  async keepOperator(descriptor: string): Promise<void> {
    await this.#record({ kind: 'operator', descriptor });
  }

  account(id: string): SandboxAccount | null {
    return this.#accounts.get(id) ?? null;
  }

  async keepAccount(account: SandboxAccount, demo: boolean): Promise<void> {
    await this.#record({ kind: 'account', account, demo });
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #setClock(change: Partial<ClockStand>): void {
    this.#clock.set({ ...this.#clock.stand, ...change });
    for (const follow of this.#followers) follow(this.#clock.stand);
  }

  async #record(line: Line): Promise<void> {
    await this.#journal.append(line);
    this.#apply(line);
  }

  #apply(line: Line): void {
    if (line.kind === 'ports') this.#ports = line.ports;
    if (line.kind === 'operator') this.#operator = line.descriptor;
    if (line.kind === 'clock') this.#setClock({ offsetMs: line.offsetMs });
    if (line.kind === 'account') {
      this.#accounts.set(line.account.account_id, line.account);
      if (line.demo) this.#demos.unshift(line.account);
    }
  }
}
