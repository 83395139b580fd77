import type { Fields } from './control-error.ts';
import type { SandboxHost, SandboxPlan } from './sandbox-host.ts';
import type { SandboxAccount, SandboxState } from './sandbox-state.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { makeDescriptor, readDescriptor } from '../merchant-wallet/wallet-descriptor.ts';
import { ControlError, maybeString, wantWhole } from './control-error.ts';
import { SANDBOX_PLANS } from './sandbox-host.ts';

export type AccountOrder = {
  readonly name: string;
  readonly plan: SandboxPlan;
  readonly trialUsed: number;
  readonly isConnected: boolean;
  /** Null: a fresh wallet. */
  readonly descriptor: string | null;
};

const SEED_BYTES = 64;
/** The trial ends after five payments; a test may want an account beyond that. */
const TRIAL_USED_MAX = 1_000;

export const DEMO_ACCOUNT: AccountOrder = {
  name: 'Alba Coffee Roasters',
  plan: 'yearly',
  trialUsed: 0,
  isConnected: true,
  descriptor: null,
};

/** Of a wallet that nobody had before. */
export function freshDescriptor(): string {
  return makeDescriptor(systemRandom(SEED_BYTES));
}

/** @throws ControlError */
export function parseAccountOrder(fields: Fields): AccountOrder {
  const plan = SANDBOX_PLANS.find((name) => name === (fields['plan'] ?? 'yearly'));
  if (!plan) throw new ControlError(400, `plan must be one of ${SANDBOX_PLANS.join(', ')}`);
  const wallet = fields['wallet'] ?? 'connected';
  if (wallet !== 'connected' && wallet !== 'none') throw new ControlError(400, 'wallet must be connected or none');
  const descriptor = maybeString(fields, 'descriptor');
  if (descriptor !== null && !readDescriptor(descriptor)) throw new ControlError(400, 'this wallet descriptor cannot be followed');
  const trialUsed = fields['trial_used'] === undefined ? 0 : wantWhole(fields, 'trial_used', { min: 0, max: TRIAL_USED_MAX });
  return { name: 'Sandbox shop', plan, trialUsed, isConnected: wallet === 'connected', descriptor };
}

/**
 * Makes an account in the product, with a merchant's wallet behind it. It is remembered once everything stands: after a crash in between
 * nobody has seen its keys, and another one is made.
 */
export async function makeAccount(
  deps: { host: SandboxHost; state: SandboxState },
  order: AccountOrder,
  demo = false,
): Promise<SandboxAccount> {
  const descriptor = order.descriptor ?? freshDescriptor();
  const { name, plan, trialUsed } = order;
  const { account_id, email, password, secret_key, publishable_key } = await deps.host.createAccount({ name, plan, trialUsed });
  if (order.isConnected) await deps.host.connectWallet(account_id, descriptor);
  const account = { account_id, email, password, secret_key, publishable_key, descriptor };
  await deps.state.keepAccount(account, demo);
  return account;
}
