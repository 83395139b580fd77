import type { Clock } from '../../src/lib/time.ts';
import type { Journal } from '../journal.ts';
import { addMs } from '../../src/lib/time.ts';
import { openJournal } from '../journal.ts';

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
  readonly #baseClock: Clock;
  readonly #accounts = new Map<string, SandboxAccount>();
  #offsetMs = 0;
  #pinnedMs: number | null = null;
  #latestMs = 0;
  #ports: SandboxPorts = { provider: 0, chain: 0, rates: 0, inbox: 0 };
  #demo: SandboxAccount | null = null;
  #operator: string | null = null;

  private constructor(journal: Journal<Line>, baseClock: Clock) {
    this.#journal = journal;
    this.#baseClock = baseClock;
    for (const line of journal.entries) this.#apply(line);
  }

  static async open(path: string, baseClock: Clock): Promise<SandboxState> {
    return new SandboxState(await openJournal<Line>(path), baseClock);
  }

  /** The business clock of the whole deployment. It never goes back, not even where the base clock does. */
  readonly now: Clock = () => {
    this.#latestMs = Math.max(this.#latestMs, this.#pinnedMs ?? addMs(this.#baseClock(), this.#offsetMs).getTime());
    return new Date(this.#latestMs);
  };

  /** Moves the clock ahead, durably, but holds the time that is shown at the present moment until `showTime` or `release` let it go on. */
  async advance(ms: number): Promise<Date> {
    const now = this.now();
    const offsetMs = this.#offsetMs + ms;
    this.#pinnedMs = now.getTime();
    await this.#record({ kind: 'clock', offsetMs, nowMs: now.getTime() + ms });
    return addMs(now, ms);
  }

  showTime(at: Date): void {
    this.#pinnedMs = at.getTime();
  }

  release(): void {
    this.#pinnedMs = null;
  }

  get ports(): SandboxPorts {
    return this.#ports;
  }

  async keepPorts(ports: SandboxPorts): Promise<void> {
    if (JSON.stringify(ports) !== JSON.stringify(this.#ports)) await this.#record({ kind: 'ports', ports });
  }

  get demo(): SandboxAccount | null {
    return this.#demo;
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

  async #record(line: Line): Promise<void> {
    await this.#journal.append(line);
    this.#apply(line);
  }

  #apply(line: Line): void {
    if (line.kind === 'ports') this.#ports = line.ports;
    if (line.kind === 'operator') this.#operator = line.descriptor;
    if (line.kind === 'clock') this.#offsetMs = line.offsetMs;
    if (line.kind === 'account') {
      this.#accounts.set(line.account.account_id, line.account);
      if (line.demo) this.#demo = line.account;
    }
  }
}
