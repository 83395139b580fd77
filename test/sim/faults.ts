import { Dice } from './dice.ts';

/** TABLE: what can go wrong, and how likely each single chance of it is when a seed has switched it on. */
const FAULTS = {
  /** A process dies: before or after any of its conversations. */
  crash: 0.012,
  /** A process stands still for longer than its leases. */
  pause: 0.003,
  database_error: 0.006,
  /** Committed, and the connection lost before it was said. */
  commit_unknown: 0.02,
  provider_silent: 0.15,
  /** It acted, and its answer was lost. */
  provider_answer_lost: 0.15,
  provider_lies_status: 0.2,
  chain_source_down: 0.15,
  chain_source_lags: 1,
  hints_lost: 0.7,
  hints_doubled: 0.5,
  hints_forged: 0.4,
  lockup_bad: 0.5,
  lockup_late: 0.4,
  lockup_replaced: 0.5,
  lockup_evicted: 0.4,
  lockup_doubled: 0.4,
  claim_evicted: 0.2,
  reorganisation: 0.2,
  blocks_empty: 0.4,
  blocks_fast: 1,
  coin_worthless: 0.5,
  signer_refuses: 0.1,
  skew: 1,
  receiver_fails: 0.5,
  client_gives_up: 0.3,
} as const;
export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

/** Which faults this seed plays: each has its own coin, so that some seeds are nearly quiet and some a storm. */
export class Faults {
  readonly on: ReadonlySet<Fault>;
  /** Switched off at the end of a run, to see that everything comes to rest. */
  over = false;
  readonly #dice: Dice;

  constructor(seed: number) {
    const coins = new Dice(seed, 'swarm');
    const share = coins.oneOf([0.15, 0.3, 0.5]);
    this.on = new Set(FAULT_NAMES.filter(() => coins.hits(share)));
    this.#dice = new Dice(seed, 'faults');
  }

  strikes(fault: Fault): boolean {
    return !this.over && this.on.has(fault) && this.#dice.hits(FAULTS[fault]);
  }

  get dice(): Dice {
    return this.#dice;
  }
}
