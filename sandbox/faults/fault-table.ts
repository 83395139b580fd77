import { z } from 'zod';

/**
 * TABLE: what can go wrong on the far side, by name. The first value of each is the healthy one; an absent name is healthy.
 * Everything else is really done: a lying provider signs invoices with the lie inside and locks real outputs of the lie.
 */
export const FAULTS = {
  /** The swap provider: its creations, its whole server, its signer, its node, its socket, its webhooks. */
  provider: [
    'up',
    'refuse_create', // pairs are shown, creations are refused
    'no_pairs', // the pair is not offered
    'connection_refused', // nobody listens, open connections break
    'hang', // what is asked is done, but no answer ever comes
    'http_500', // every answer is a 500, and nothing is done
    'insufficient_liquidity',
    'signer_off', // no joint signatures
    'cosign_wrong', // joint signatures that do not fit
    'settle_fails', // signs, but the payer's payment is not settled while this lasts
    'ws_silent', // half-open: connected, and not a byte comes
    'ws_drop', // every connection breaks as soon as it is open
    'ws_mixed', // every update twice, and an old one behind it
    'webhook_lost',
    'webhook_twice',
  ],
  /** Which lie new swaps carry. The last five are told at the lockup. A swap keeps its lie when the fault ends. */
  provider_lies: [
    'none',
    'amount', // the invoice asks for one sat more
    'payment_hash', // the invoice has another hash
    'payment_secret', // the invoice has none
    'two_payment_hashes', // another one, and the right one
    'tree_keys', // the claim leaf wants a key of the provider
    'leaf_version', // the claim leaf is of another version
    'extra_leaf', // a third leaf, a way of its own to spend
    'refund_key_parity', // the refund key's other half
    'timeout', // the provider may take the coins back within minutes
    'blinding_key', // not the one that the lockup address is blinded with
    'address', // the provider's own
    'onchain_amount', // less than the fees leave
    'lockup_value', // one sat less
    'lockup_asset', // as many units of a worthless asset
    'lockup_script', // the coins go to the provider itself
    'rbf_lockup', // replaceable, and taken back before the next block
    'double_spend_lockup', // final, and double-spent by a miner's favour before the next block
  ],
  /** The Esplora server alone; the provider has a node of its own. */
  chain: ['up', 'down', 'lagging', 'rejects_broadcast'],
  /** Both price sources, but for `first_down`. */
  rates: ['up', 'first_down', 'all_down', 'slow', 'nan', 'zero', 'times_100', 'stale'],
  /** What names below `.sandbox.test` lead to. */
  webhook_dns: ['ok', 'fails', 'loopback', 'private'],
} as const;

export type FaultName = keyof typeof FAULTS;
/** One value for every name. */
export type FaultSettings = { readonly [Name in FaultName]: (typeof FAULTS)[Name][number] };
/** Only what is not healthy. */
export type FaultsInForce = Partial<FaultSettings>;
export type ProviderLie = FaultSettings['provider_lies'];

const schema = z.strictObject({
  provider: z.enum(FAULTS.provider).optional(),
  provider_lies: z.enum(FAULTS.provider_lies).optional(),
  chain: z.enum(FAULTS.chain).optional(),
  rates: z.enum(FAULTS.rates).optional(),
  webhook_dns: z.enum(FAULTS.webhook_dns).optional(),
});

export const HEALTHY: FaultSettings = {
  provider: 'up',
  provider_lies: 'none',
  chain: 'up',
  rates: 'up',
  webhook_dns: 'ok',
};

/** The names of the table; an object's keys are typed as text. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** A plain sentence with everything that is known, when `value` names something that is not. */
export function parseFaults(value: unknown): { readonly faults: FaultsInForce } | { readonly error: string } {
  const parsed = schema.safeParse(value);
  if (!parsed.success) return { error: `unknown fault; known are ${knownFaults()}` };
  const given = Object.entries(parsed.data).filter(([, setting]) => setting !== undefined);
  return { faults: Object.fromEntries(given) };
}

export function inForce(settings: FaultSettings): FaultsInForce {
  return Object.fromEntries(FAULT_NAMES.filter((name) => settings[name] !== HEALTHY[name]).map((name) => [name, settings[name]]));
}

function knownFaults(): string {
  return FAULT_NAMES.map((name) => `${name}: ${FAULTS[name].join('|')}`).join(', ');
}
