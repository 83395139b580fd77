import type { Database, Tx } from './lib/database.ts';
import type { Sealer } from './lib/sealed.ts';
import type { ChainSource } from './liquid/chain-source.ts';
import type { ChainSink, Guard } from './liquid/chain-sink.ts';
import type { ProofPool } from './liquid/proof-pool.ts';
import type { LiquidTransaction } from './liquid/transaction.ts';
import type { ApplyEventDeps } from './payments/apply-event.ts';
import type { FollowLiquidDeps } from './payments/follow-liquid.ts';
import type { ScriptChain } from './wallets/script-chain-store.ts';
import type { World } from './world.ts';
import { readLiquidRules } from './accounts/account-store.ts';
import { newId } from './lib/ids.ts';
import { addMs, DAY_MS, SECOND_MS } from './lib/time.ts';
import { ChainFollower } from './liquid/chain-follower.ts';
import { BLOCKS_KEPT, isChainFollowed, readBlocks, readFollowedHeight } from './liquid/chain-follower-store.ts';
import { liquidNetwork } from './liquid/network.ts';
import { fetchContents } from './liquid/read-sources.ts';
import { receiptsBuried, receiptsLost, receiptsMined, receiptsUnmined, receiveOutputs } from './payments/follow-liquid.ts';
import { readPayment } from './payments/payment-store.ts';
import {
  insertReceipts,
  knownOutputs,
  moveReceipts,
  openReceipts,
  paymentsOfReceipts,
  readLiquidFacts,
  writeReceipt,
} from './payments/receipt-store.ts';
import { AddressChecks } from './wallets/address-checks.ts';
import { findWaitingScripts, leasesOfAddress, markAddressUsed, writeClaimAddressSeen } from './wallets/direct-lease-store.ts';
import { leaseDirectAddress } from './wallets/lease-direct-address.ts';
import { lookAtAddress } from './wallets/look-at-address.ts';
import { openOutputs } from './wallets/open-outputs.ts';
import { directAddressReader } from './wallets/read-direct-addresses.ts';

export type DirectParts = {
  readonly sealer: Sealer;
  readonly database: Database;
  readonly applyDeps: ApplyEventDeps;
  /** Asked each time. */
  readonly chains: readonly ChainSource[];
  /** The same, remembering contents: for the follower, which reads every transaction, those that swaps have read or sent among them. */
  readonly remembering: readonly ChainSource[];
  readonly proofs: Pick<ProofPool, 'unblind'>;
};
export type Direct = ReturnType<typeof buildDirect>;

/** Public chain sources allow about five requests a second, and a round takes two; the sandbox's own may be asked at every wake. */
const PACE_MS = SECOND_MS - 100;
/** After a long gap addresses are looked up one by one: those promised in this time, and all that nobody has seen used. */
const CAUGHT_UP_MS = 7 * DAY_MS;

/** Looks that need no lease: what they write down is the same, whoever does it. */
const ALL_MAY: Guard = { inTx: async () => {}, writes: () => [] };

/** Direct L-BTC payments: addresses for payers, and the follower that sees what arrives on them. */
export function buildDirect(world: World, parts: DirectParts) {
  const { database, chains, proofs, sealer } = parts;
  const { network, random, now, log } = world;
  const followDeps = bindFollowing(world, parts);
  const keyDeps = { database, sealer, network, random, proofs };
  const see = async (transaction: LiquidTransaction, guard: Guard = ALL_MAY) => {
    const outputs = await openOutputs(keyDeps, transaction);
    if (outputs.length > 0) await receiveOutputs(followDeps, transaction.txid, outputs, guard);
    return outputs.length > 0;
  };
  const sink: ChainSink = {
    see,
    mined: (txids, block, guard) => receiptsMined(followDeps, txids, block, guard),
    unmined: (height, guard) => receiptsUnmined(followDeps, height, guard),
    lost: (txid, how, guard) => receiptsLost(followDeps, txid, how, guard),
    buried: (txids, guard) => receiptsBuried(followDeps, txids, guard),
    openTransactions: async () => openReceipts(database, ((await readBlocks(database))[0]?.height ?? 0) - BLOCKS_KEPT),
    scriptsToCatchUp: () => findWaitingScripts(database, addMs(now(), -CAUGHT_UP_MS)),
  };
  const checks = new AddressChecks({
    ...{ database, sealer, network, now, chains },
    see: async (txid) => {
      try {
        await see(await fetchContents(chains, txid));
      } catch (error) {
        log.error({ txid, err: error }, 'money on an address that was promised before could not be read');
      }
    },
  });
  const leaseDeps = { ...keyDeps, isFollowed: isChainFollowed };
  const addresses = directAddressReader(keyDeps);
  const holder = newId(random, 'request');
  const follower = new ChainFollower({ database, sources: parts.remembering, sink, now, log, holder, paceMs: world.playful ? 0 : PACE_MS });
  return {
    follower,
    followDeps,
    leaseAddress: (tx: Tx, request: Parameters<typeof leaseDirectAddress>[2]) => leaseDirectAddress(leaseDeps, tx, request),
    lookAhead: (chain: ScriptChain) => checks.lookAhead(chain),
    addresses: addresses.read,
    addressOf: addresses.addressOf,
    lookAtAddress: (paymentId: string) => lookAtAddress({ database, chains, see: (transaction) => see(transaction) }, paymentId),
  };
}

function bindFollowing({ network, random, now }: World, { database, applyDeps }: DirectParts): FollowLiquidDeps {
  return {
    ...applyDeps,
    ...{ database, now, readPayment, leasesOfAddress, markAddressUsed, writeClaimAddressSeen, liquidRules: readLiquidRules },
    lbtcAsset: liquidNetwork(network).lbtcAsset,
    newReceiptId: () => newId(random, 'receipt'),
    receipts: {
      known: knownOutputs,
      insert: insertReceipts,
      write: writeReceipt,
      facts: async (tx, paymentId) => readLiquidFacts(tx, paymentId, await readFollowedHeight(tx)),
      payments: (where) => paymentsOfReceipts(database, where),
      move: moveReceipts,
    },
  };
}
