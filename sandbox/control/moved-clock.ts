import type { Clock } from '../../src/lib/time.ts';
import { addMs } from '../../src/lib/time.ts';

/** How a clock stands to its base: so far ahead of it, or held at one moment while what is due then runs. */
export type ClockStand = { readonly offsetMs: number; readonly pinnedMs: number | null };

/** A clock ahead of its base. What it shows never goes back, not even where the base does. */
export class MovedClock {
  readonly #base: Clock;
  #stand: ClockStand = { offsetMs: 0, pinnedMs: null };
  #latestMs = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  readonly now: Clock = () => {
    const { offsetMs, pinnedMs } = this.#stand;
    this.#latestMs = Math.max(this.#latestMs, pinnedMs ?? addMs(this.#base(), offsetMs).getTime());
    return new Date(this.#latestMs);
  };

  get stand(): ClockStand {
    return this.#stand;
  }

  set(stand: ClockStand): void {
    this.#stand = stand;
  }

  /** Nobody is left to let a held clock go: it flows on from where it is. */
  letFlow(): void {
    const { pinnedMs } = this.#stand;
    if (pinnedMs !== null) this.#stand = { offsetMs: pinnedMs - this.#base().getTime(), pinnedMs: null };
  }
}
