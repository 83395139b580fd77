import type { SwapTerms } from '../../src/liquid/swap-tree.ts';
import type { UnsignedClaim } from '../../src/liquid/claim-transaction.ts';
import type { LiquidOutput } from '../../src/liquid/transaction.ts';
import type { Reply, SandboxWorld } from './sandbox-world.ts';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import bolt11 from 'bolt11';
import { fromHex, sameBytes, sha256, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { confidentialAddress } from '../../src/liquid/address.ts';
import {
  buildClaim,
  CLAIM_FEE_SATS,
  claimSighash,
  keyPathWitness,
  scriptPathWitness,
  withWitness,
} from '../../src/liquid/claim-transaction.ts';
import { startCooperativeSignature } from '../../src/liquid/cooperative-signature.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { buildSwapTree } from '../../src/liquid/swap-tree.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { unblindOutput } from '../../src/liquid/unblind.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';

/** A client of the swap protocol that shares nothing with the sandbox: trees, signatures and transactions are the product's. */
export const REGTEST = liquidNetwork('regtest');

export type Created = {
  id: string;
  invoice: string;
  swapTree: { claimLeaf: { version: number; output: string }; refundLeaf: { version: number; output: string } };
  lockupAddress: string;
  refundPublicKey: string;
  timeoutBlockHeight: number;
  blindingKey: string;
  onchainAmount?: number;
};
export type SwapStatus = {
  status: string;
  transaction?: { id: string; hex?: string; eta?: number; confirmed?: boolean };
  failureReason?: string;
};
export type ClientSwap = {
  readonly created: Created;
  readonly preimage: Uint8Array;
  readonly claimPrivateKey: Uint8Array;
  readonly terms: SwapTerms;
};
export type Lockup = {
  readonly txid: string;
  readonly hex: string;
  readonly vout: number;
  readonly output: LiquidOutput;
  readonly valueSats: bigint;
};
export type Destination = { readonly scriptPubKey: Uint8Array; readonly blindingPublicKey: Uint8Array };

/** The body of a creation that the provider accepts, with `changes`; undefined removes a field. */
export function createBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const preimageHash = toHex(sha256(systemRandom(32)));
  const claimPublicKey = toHex(secp256k1.getPublicKey(systemRandom(32), true));
  return { from: 'BTC', to: 'L-BTC', preimageHash, claimPublicKey, invoiceAmount: 10_000, invoiceExpiry: 600, ...changes };
}

export async function openSwap(world: SandboxWorld, changes: Record<string, unknown> = {}): Promise<ClientSwap> {
  const preimage = systemRandom(32);
  const claimPrivateKey = systemRandom(32);
  const claimPublicKey = secp256k1.getPublicKey(claimPrivateKey, true);
  const body = createBody({ preimageHash: toHex(sha256(preimage)), claimPublicKey: toHex(claimPublicKey), ...changes });
  const reply: Reply<Created> = await world.provider('POST', '/swap/reverse', body);
  if (reply.status !== 201) throw new Error(`the swap was not created: ${JSON.stringify(reply)}`);
  const { refundPublicKey, timeoutBlockHeight } = reply.body;
  const terms = { preimageHash: sha256(preimage), claimPublicKey, refundPublicKey: fromHex(refundPublicKey), timeoutBlockHeight };
  return { created: reply.body, preimage, claimPrivateKey, terms };
}

/** Rebuilds everything from our own values; the list of what differs. */
export function differences({ created, terms }: ClientSwap, amountSats: bigint): readonly string[] {
  const tree = buildSwapTree(terms);
  const invoice = bolt11.decode(created.invoice, { bech32: 'bcrt', pubKeyHash: 111, scriptHash: 196, validWitnessVersions: [0, 1] });
  const blindingPublicKey = secp256k1.getPublicKey(fromHex(created.blindingKey), true);
  const checks: readonly (readonly [string, boolean])[] = [
    ['claim leaf', created.swapTree.claimLeaf.output === toHex(tree.claimLeaf)],
    ['refund leaf', created.swapTree.refundLeaf.output === toHex(tree.refundLeaf)],
    ['leaf versions', created.swapTree.claimLeaf.version === 0xc4 && created.swapTree.refundLeaf.version === 0xc4],
    ['leaves', Object.keys(created.swapTree).length === 2],
    ['address', created.lockupAddress === confidentialAddress(REGTEST, tree.scriptPubKey, blindingPublicKey)],
    ['invoice prefix', created.invoice.startsWith('lnbcrt')],
    ['invoice amount', invoice.millisatoshis === `${amountSats * 1000n}`],
    ['payment hash', invoice.tagsObject.payment_hash === toHex(terms.preimageHash)],
    ['payment secret', /^[0-9a-f]{64}$/.test(invoice.tagsObject.payment_secret ?? '')],
  ];
  return checks.filter(([, holds]) => !holds).map(([name]) => name);
}

/** The lockup as the provider shows it, found by our own script. */
export async function readLockup(world: SandboxWorld, swap: ClientSwap): Promise<Lockup> {
  await readyLiquid();
  const { body } = await world.provider<{ id: string; hex: string }>('GET', `/swap/reverse/${swap.created.id}/transaction`);
  const script = buildSwapTree(swap.terms).scriptPubKey;
  const { outputs } = parseTransaction(body.hex);
  const vout = outputs.findIndex((candidate) => sameBytes(candidate.script, script));
  const output = outputs[vout];
  const opened = output && unblindOutput(output, fromHex(swap.created.blindingKey));
  if (!output || opened?.assetId !== REGTEST.lbtcAsset) throw new Error('the lockup does not pay our script in L-BTC');
  return { txid: body.id, hex: body.hex, vout, output, valueSats: opened.valueSats };
}

export type PreparedClaim = UnsignedClaim & { readonly lockup: Lockup };

export async function prepareClaim(world: SandboxWorld, swap: ClientSwap, destination: Destination): Promise<PreparedClaim> {
  const lockup = await readLockup(world, swap);
  const opened = unblindOutput(lockup.output, fromHex(swap.created.blindingKey));
  if (!opened) throw new Error('unreachable: it was opened just now');
  const request = {
    network: REGTEST,
    lockupHex: lockup.hex,
    lockupVout: lockup.vout,
    lockup: opened,
    destination,
    feeSats: CLAIM_FEE_SATS,
  };
  return { ...buildClaim(request, systemRandom), lockup };
}

/** Asks the provider for its half and answers the signed claim. The provider's half and the whole are verified. */
export async function signTogether(world: SandboxWorld, swap: ClientSwap, claim: PreparedClaim): Promise<string> {
  const sighash = claimSighash({ network: REGTEST, claimHex: claim.hex, lockupOutput: claim.lockup.output, leaf: null });
  const session = startCooperativeSignature(
    { claimPrivateKey: swap.claimPrivateKey, tree: buildSwapTree(swap.terms), sighash },
    systemRandom,
  );
  const ask = { preimage: toHex(swap.preimage), pubNonce: toHex(session.publicNonce), transaction: claim.hex, index: 0 };
  const { status, body } = await world.provider<{ pubNonce: string; partialSignature: string }>(
    'POST',
    `/swap/reverse/${swap.created.id}/claim`,
    ask,
  );
  if (status !== 200) throw new Error(`the claim was refused: ${JSON.stringify(body)}`);
  return withWitness(claim.hex, keyPathWitness(session.finish(fromHex(body.pubNonce), fromHex(body.partialSignature))));
}

export function signAlone(swap: ClientSwap, claim: PreparedClaim): string {
  const tree = buildSwapTree(swap.terms);
  const sighash = claimSighash({ network: REGTEST, claimHex: claim.hex, lockupOutput: claim.lockup.output, leaf: tree.claimLeaf });
  return withWitness(claim.hex, scriptPathWitness(tree, schnorr.sign(sighash, swap.claimPrivateKey), swap.preimage));
}

export async function broadcast(world: SandboxWorld, hex: string): Promise<Reply> {
  return world.provider('POST', '/chain/L-BTC/transaction', { hex });
}

export async function readStatus(world: SandboxWorld, swap: ClientSwap): Promise<SwapStatus> {
  return (await world.provider<SwapStatus>('GET', `/swap/${swap.created.id}`)).body;
}

/** Starts the payment and waits until the provider has locked up. */
export async function payUntilLocked(world: SandboxWorld, swap: ClientSwap): Promise<void> {
  void world.control('POST', '/pay', { invoice: swap.created.invoice }).catch(() => undefined); // answered when it is settled, or after 5 s
  await until(async () => (await readStatus(world, swap)).status === 'transaction.mempool');
}

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 60_000;

/** Looks until `holds`, for a minute at most. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error('what was waited for did not come');
}
