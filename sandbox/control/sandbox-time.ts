import type { Log } from '../../src/lib/log.ts';
import type { Chain } from '../chain/chain.ts';
import type { Provider } from '../provider/start-provider.ts';
import type { Shopper } from '../shopper/shopper.ts';
import type { SandboxState } from './sandbox-state.ts';
import { MINUTE_MS, SECOND_MS, addMs, monotonicMs } from '../../src/lib/time.ts';

type Deps = {
  readonly state: SandboxState;
  readonly chain: Chain;
  readonly provider: Pick<Provider, 'nextDue' | 'nextHeight' | 'runDue'>;
  readonly shopper: Pick<Shopper, 'nextDue' | 'runDue'>;
  readonly log: Log;
};

/** How often the world is looked at while nobody moves the clock. */
const TICK_MS = SECOND_MS;
/** Between its steps an advance lets the product work, but no longer than this in all: 30 days must pass within ten seconds. */
const STEPS_BUDGET_MS = 5 * SECOND_MS;

/** Lets things happen when they are due: by itself as the clock flows, and in order of their times when it is moved. */
export class SandboxTime {
  readonly #deps: Deps;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<unknown> = Promise.resolve();
  #busy = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  /** Moves the clock. What falls due runs at its own time, the product's part by `runProduct`; answers the new time. */
  advance(ms: number, runProduct: () => Promise<void>): Promise<Date> {
    return this.#inTurn(async () => {
      const target = await this.#deps.state.advance(ms);
      try {
        await this.#runSteps(target, runProduct);
      } finally {
        this.#deps.state.release();
      }
      await this.#runDue();
      await runProduct();
      return this.#deps.state.now();
    });
  }

  /** Does what is due now. */
  runDue(): Promise<void> {
    return this.#inTurn(() => this.#runDue());
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #runSteps(target: Date, runProduct: () => Promise<void>): Promise<void> {
    const { state } = this.#deps;
    let spentMs = 0;
    for (let last: Date | null = null; ; ) {
      const due = this.#nextDue();
      if (!due || due > target || (last && due <= last)) return; // something that stays due is not waited for
      last = due;
      state.showTime(due);
      await this.#runDue();
      const startedMs = monotonicMs();
      if (spentMs < STEPS_BUDGET_MS) await runProduct();
      spentMs += monotonicMs() - startedMs;
    }
  }

  async #runDue(): Promise<void> {
    const { chain, shopper, provider } = this.#deps;
    await chain.mineDue();
    await shopper.runDue();
    await provider.runDue();
  }

  #nextDue(): Date | null {
    const dates = [this.#deps.shopper.nextDue(), this.#deps.provider.nextDue(), this.#heightDue()].filter((date) => date !== null);
    return dates.length === 0 ? null : new Date(Math.min(...dates.map((date) => date.getTime())));
  }

  /** When the block comes that the provider waits for: one a minute after the last one. */
  #heightDue(): Date | null {
    const { chain, provider } = this.#deps;
    const wanted = provider.nextHeight();
    const tip = chain.block(chain.height());
    return wanted === null || !tip ? null : addMs(tip.time, (wanted - tip.height) * MINUTE_MS);
  }

  async #tick(): Promise<void> {
    if (this.#busy) return;
    await this.#inTurn(async () => {
      const { state, chain } = this.#deps;
      const height = chain.height();
      const due = this.#nextDue();
      await chain.mineDue();
      if ((due && due <= state.now()) || chain.height() !== height) await this.#runDue();
    }).catch((error: unknown) => this.#deps.log.error({ error }, 'the sandbox could not do what is due'));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#running.then(async () => {
      this.#busy = true;
      try {
        return await work();
      } finally {
        this.#busy = false;
      }
    });
    this.#running = mine.catch(() => undefined);
    return mine;
  }
}
