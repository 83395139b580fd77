import type { SandboxHost } from './sandbox-host.ts';
import type { SandboxAccount, SandboxState } from './sandbox-state.ts';
import { DEMO_ACCOUNT, makeAccount } from './make-account.ts';

/** A process of the product that plays here. */
export type Attached = { readonly name: string; readonly host: SandboxHost; readonly demo: SandboxAccount };

/** Every process of the product that plays in this sandbox: one within it, or any number over links. */
export class Hosts {
  readonly #state: SandboxState;
  #attached: readonly Attached[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(state: SandboxState) {
    this.#state = state;
  }

  /** One after another, so that two processes of one deployment find the same demo account. */
  attach(name: string, host: SandboxHost): Promise<Attached> {
    const mine = this.#turn.then(async () => {
      const attached = { name, host, demo: await this.#demoOf(host) };
      this.detach(name);
      this.#attached = [...this.#attached, attached];
      return attached;
    });
    this.#turn = mine.catch(() => undefined); // whoever attached is told; the next one is not concerned
    return mine;
  }

  detach(name: string): void {
    this.#attached = this.#attached.filter((one) => one.name !== name);
  }

  /** The process of that name; without a name the one that came last. */
  find(name?: string): Attached | null {
    return (name === undefined ? this.#attached : this.#attached.filter((one) => one.name === name)).at(-1) ?? null;
  }

  async runDue(): Promise<void> {
    await Promise.all(this.#attached.map(({ host }) => host.runDue()));
  }

  /** The demo account of the host's own database: another deployment's would be a stranger there. */
  async #demoOf(host: SandboxHost): Promise<SandboxAccount> {
    for (const demo of this.#state.demos) if (await host.knowsAccount(demo.account_id)) return demo;
    return makeAccount({ host, state: this.#state }, DEMO_ACCOUNT, true);
  }
}
