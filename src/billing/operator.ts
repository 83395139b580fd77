import type { Log } from '../lib/log.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { ok, refuse } from '../lib/result.ts';

/** The documented path to an account is closed while nobody could be paid (conformance R-12). */
export const NO_OPERATOR: Refusal = {
  kind: 'unavailable',
  code: 'operator_not_configured',
  message: 'This server takes no payments for plans: its operator has connected no wallet',
};

/** The wallet of the settings: which chain it is, and how to connect it. */
export type OperatorWallet = {
  readonly chainId: string;
  readonly connect: (accountId: string) => Promise<Result<unknown, Refusal>>;
};

export type OperatorDeps = {
  /** Null: the operator takes no plan payments. */
  readonly wallet: OperatorWallet | null;
  readonly findOrMake: () => Promise<string>;
  /** The chain that claims of this account go to now. */
  readonly claimChainOf: (accountId: string) => Promise<string | null>;
  readonly log: Log;
};

export type Operator = {
  /** The account that plans are paid to, its wallet connected. */
  readonly find: () => Promise<Result<string, Refusal>>;
  /** Connects it. @throws Error when another wallet than that of the settings is connected: plan money would go where nobody expects it. */
  readonly prepare: () => Promise<void>;
};

/** The operator's own account is an account like any other; only its wallet comes from the settings. */
export function makeOperator(deps: OperatorDeps): Operator {
  let ready: string | null = null;
  const look = async (wallet: OperatorWallet): Promise<{ accountId: string; chainId: string | null }> => {
    const accountId = await deps.findOrMake();
    const known = await deps.claimChainOf(accountId);
    if (known !== null) return { accountId, chainId: known };
    const connected = await wallet.connect(accountId);
    if (!connected.ok) deps.log.warn({ code: connected.error.code }, 'the operator’s wallet could not be connected');
    return { accountId, chainId: await deps.claimChainOf(accountId) }; // another process may just have connected it
  };
  return {
    async find() {
      if (ready !== null) return ok(ready);
      if (!deps.wallet) return refuse(NO_OPERATOR);
      const { accountId, chainId } = await look(deps.wallet);
      if (chainId !== deps.wallet.chainId) return refuse(NO_OPERATOR);
      ready = accountId;
      return ok(accountId);
    },
    async prepare() {
      if (!deps.wallet) return;
      const { chainId } = await look(deps.wallet);
      if (chainId !== null && chainId !== deps.wallet.chainId) {
        throw new Error('OPERATOR_DESCRIPTOR is not the wallet that the operator’s account has connected');
      }
    },
  };
}
