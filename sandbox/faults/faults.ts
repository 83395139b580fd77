import type { Journal } from '../journal.ts';
import type { FaultSettings, FaultsInForce } from './fault-table.ts';
import { openJournal } from '../journal.ts';
import { HEALTHY, inForce, parseFaults } from './fault-table.ts';

/** What the far side's servers look at: how they are to fail now. */
export type FaultSource = {
  current(): FaultSettings;
  /** Called after a change is durable; the change is acknowledged once every listener is done. */
  onChange(listener: (settings: FaultSettings) => void | Promise<void>): void;
};

/** For servers that never fail on purpose. */
export const NO_FAULTS: FaultSource = { current: () => HEALTHY, onChange: () => undefined };

/** The faults in force. Journalled before they are acknowledged: they are still there after a restart. */
export class Faults implements FaultSource {
  readonly #journal: Journal<FaultsInForce>;
  readonly #listeners: ((settings: FaultSettings) => void | Promise<void>)[] = [];
  #settings: FaultSettings = HEALTHY;

  private constructor(journal: Journal<FaultsInForce>) {
    this.#journal = journal;
    const parsed = parseFaults(journal.entries.at(-1) ?? {});
    if ('faults' in parsed) this.#settings = { ...HEALTHY, ...parsed.faults };
  }

  static async open(path: string): Promise<Faults> {
    return new Faults(await openJournal<FaultsInForce>(path));
  }

  current(): FaultSettings {
    return this.#settings;
  }

  inForce(): FaultsInForce {
    return inForce(this.#settings);
  }

  /** Names that are not mentioned stay as they are. */
  set(changes: FaultsInForce): Promise<FaultsInForce> {
    return this.#change({ ...this.#settings, ...changes });
  }

  clear(): Promise<FaultsInForce> {
    return this.#change(HEALTHY);
  }

  onChange(listener: (settings: FaultSettings) => void | Promise<void>): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  async #change(settings: FaultSettings): Promise<FaultsInForce> {
    await this.#journal.append(inForce(settings));
    this.#settings = settings;
    for (const listener of this.#listeners) await listener(settings);
    return inForce(settings);
  }
}
