import type { NewEvent } from '../events/event.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { NetworkName } from '../liquid/network.ts';
import type { Descriptor } from './descriptor.ts';
import type { ConnectedVia } from './wallet-store.ts';
import { sameBytes } from '../lib/bytes.ts';
import { newId } from '../lib/ids.ts';
import { RefusalError } from '../lib/refusal.ts';
import { ok, refuse } from '../lib/result.ts';
import { ChainSourceFault } from '../liquid/chain-source.ts';
import { deriveAddress } from './derive-address.ts';
import { DESCRIPTOR_WARNINGS, parseDescriptor } from './descriptor.ts';
import { descriptorRefusal } from './descriptor-refusal.ts';
import { findChains, keepChain } from './script-chain-store.ts';
import { openDescriptor, sealDescriptor } from './sealed-descriptor.ts';
import { ALREADY_CONNECTED, CHAIN_UNAVAILABLE, DESCRIPTORS_REQUIRED, OTHER_ACCOUNT, OTHER_BLINDING } from './wallet-refusal.ts';
import { findWallet, insertWallet } from './wallet-store.ts';

export type ConnectWalletDeps = {
  readonly database: Database;
  readonly network: NetworkName;
  readonly sealer: Sealer;
  readonly random: Random;
  readonly now: Clock;
  /** Highest index that the chain has seen used, or -1. @throws ChainSourceFault when it cannot be known now. */
  readonly usedUpTo: (descriptor: Descriptor) => Promise<number>;
  /** Appends to the event log in this transaction. It locks the account, so it comes last. */
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
};

export type ConnectWalletInput = Readonly<{
  accountId: string;
  /** Direct payments arrive on this one's addresses. */
  lbtcDescriptor: string | null;
  /** Swap claims arrive on this one's; AQUA sends the same for both. */
  btclnDescriptor: string | null;
  via: ConnectedVia;
}>;

export type WalletConnected = Readonly<{
  walletId: string;
  connectedAt: Date;
  fingerprint: string | null;
  /** Confidential address number 0 of the direct descriptor: the merchant compares it with the wallet. */
  firstAddress: string;
  warnings: readonly WalletWarning[];
}>;

/** TABLE: what a merchant should know of a wallet that was connected all the same. */
export const WALLET_WARNINGS = {
  ...DESCRIPTOR_WARNINGS,
  has_history:
    'The wallet was used before: its whole Liquid history can be read here, and your wallet app hands out addresses of the same account. A wallet of its own is better.',
} as const;
export type WalletWarning = keyof typeof WALLET_WARNINGS;

/** What else becomes true in the commit that connects. */
export type InConnectCommit = (tx: Tx, connected: WalletConnected) => Promise<void>;

/**
 * Connects an account to its merchant's wallet, once: a second connection would restart the numbering of addresses. Where the wallet has
 * history, numbering goes on behind the last address that the chain has seen. Refuses in the order that costs least: the text, what is
 * on record, and only then the chain is asked.
 */
export async function connectWallet(
  deps: ConnectWalletDeps,
  input: ConnectWalletInput,
  inCommit: InConnectCommit = async () => {},
): Promise<Result<WalletConnected, Refusal>> {
  const parsed = parseBoth(deps.network, input);
  if (!parsed.ok) return parsed;
  const { direct, claim } = parsed.value;
  const chains = direct.chainId === claim.chainId ? [direct] : [direct, claim];
  const barred = await reasonAgainst(deps, input.accountId, chains);
  if (barred) return refuse(barred);
  const scanned = await scanAll(deps, chains);
  if (!scanned) return refuse(CHAIN_UNAVAILABLE);
  const connected: WalletConnected = {
    walletId: newId(deps.random, 'wallet'),
    connectedAt: deps.now(),
    fingerprint: direct.fingerprint,
    firstAddress: deriveAddress(direct, 0).confidential,
    warnings: [...new Set([...direct.warnings, ...claim.warnings, ...historyWarnings(scanned)])],
  };
  return await commit(deps, { input, connected, direct, claim, scanned, inCommit });
}

type Scanned = readonly { readonly descriptor: Descriptor; readonly lastUsedIndex: number }[];
type Connection = Readonly<{
  input: ConnectWalletInput;
  connected: WalletConnected;
  direct: Descriptor;
  claim: Descriptor;
  scanned: Scanned;
  inCommit: InConnectCommit;
}>;

function historyWarnings(scanned: Scanned): readonly WalletWarning[] {
  return scanned.some(({ lastUsedIndex }) => lastUsedIndex >= 0) ? ['has_history'] : [];
}

function parseBoth(
  network: NetworkName,
  { lbtcDescriptor, btclnDescriptor }: ConnectWalletInput,
): Result<{ direct: Descriptor; claim: Descriptor }, Refusal> {
  if (!lbtcDescriptor || !btclnDescriptor) return refuse(DESCRIPTORS_REQUIRED);
  const isSameText = lbtcDescriptor === btclnDescriptor;
  const direct = parseDescriptor(lbtcDescriptor, network);
  if (!direct.ok) return refuse(refusalAt(direct.error, isSameText, { field: 'lbtcDescriptor', name: 'lbtc_descriptor' }));
  const claim = isSameText ? direct : parseDescriptor(btclnDescriptor, network);
  if (!claim.ok) return refuse(refusalAt(claim.error, false, { field: 'btclnDescriptor', name: 'btcln_descriptor' }));
  const isSameChain = direct.value.chainId === claim.value.chainId;
  if (isSameChain && !hasSameBlinding(direct.value, claim.value)) {
    return refuse({
      ...descriptorRefusal('blinding'),
      message: 'The two descriptors name the same addresses with different blinding keys.',
    });
  }
  return ok({ direct: direct.value, claim: claim.value });
}

/** Says which of two different texts is at fault. */
function refusalAt(refusal: Refusal, isSameText: boolean, { field, name }: { field: string; name: string }): Refusal {
  return { ...refusal, field, message: isSameText ? refusal.message : `${name}: ${refusal.message}` };
}

/** What can be seen before the scan; the commit decides the same again under races. */
async function reasonAgainst(deps: ConnectWalletDeps, accountId: string, chains: readonly Descriptor[]): Promise<Refusal | null> {
  if (await findWallet(deps, accountId)) return ALREADY_CONNECTED;
  for (const stored of await findChains(
    deps,
    chains.map((chain) => chain.chainId),
  )) {
    if (stored.accountId !== accountId) return OTHER_ACCOUNT;
    const given = chains.find((chain) => chain.chainId === stored.id);
    if (given && !hasSameBlinding(given, openDescriptor(deps, stored))) return OTHER_BLINDING;
  }
  return null;
}

/** Null = unknown now. */
async function scanAll(deps: ConnectWalletDeps, chains: readonly Descriptor[]): Promise<Scanned | null> {
  try {
    return await Promise.all(chains.map(async (descriptor) => ({ descriptor, lastUsedIndex: await deps.usedUpTo(descriptor) })));
  } catch (error) {
    if (error instanceof ChainSourceFault) return null;
    throw error;
  }
}

async function commit(deps: ConnectWalletDeps, connection: Connection): Promise<Result<WalletConnected, Refusal>> {
  try {
    await deps.database.transact((tx) => store(deps, tx, connection));
    return ok(connection.connected);
  } catch (error) {
    if (error instanceof RefusalError) return refuse(error.refusal); // thrown by `store` alone, to take its writes back
    throw error;
  }
}

async function store(deps: ConnectWalletDeps, tx: Tx, { input, connected, direct, claim, scanned, inCommit }: Connection): Promise<void> {
  const { accountId, via } = input;
  const { walletId, connectedAt } = connected;
  const wallet = { id: walletId, accountId, directChainId: direct.chainId, claimChainId: claim.chainId, via, connectedAt };
  if (!(await insertWallet(tx, wallet))) throw new RefusalError(ALREADY_CONNECTED);
  // In one order for everybody: two connections with the same two chains wait for each other instead of deadlocking.
  const ordered = [...scanned].sort((left, right) => (left.descriptor.chainId < right.descriptor.chainId ? -1 : 1));
  for (const { descriptor, lastUsedIndex } of ordered) {
    const kept = await keepChain(tx, {
      id: descriptor.chainId,
      accountId,
      descriptorSealed: sealDescriptor(deps.sealer, descriptor),
      fingerprint: descriptor.fingerprint,
      nextIndex: lastUsedIndex + 1,
      lastUsedIndex,
      scannedAt: connectedAt,
    });
    if (!kept) throw new RefusalError(OTHER_ACCOUNT);
  }
  await inCommit(tx, connected);
  const facts = { via, fingerprint: connected.fingerprint, firstAddress: connected.firstAddress };
  await deps.recordEvent(tx, {
    accountId,
    type: 'wallet.connected',
    subjectId: walletId,
    subjectVersion: 1,
    facts,
    webhookBody: null,
    at: connectedAt,
  });
}

function hasSameBlinding(left: Descriptor, right: Descriptor): boolean {
  return sameBytes(left.masterBlindingKey.reveal(), right.masterBlindingKey.reveal());
}
