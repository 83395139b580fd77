import type { Chain, ChainWallet } from '../../sandbox/chain/chain.ts';
import type { ChainSource } from '../../src/liquid/chain-source.ts';
import type { SwapTerms } from '../../src/liquid/swap-tree.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { nonceAggregate, nonceGen, Session } from '@scure/btc-signer/musig2.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChain } from '../../sandbox/chain/open-chain.ts';
import { serveEsplora } from '../../sandbox/chain/serve-esplora.ts';
import { sha256 } from '../../src/lib/bytes.ts';
import { httpCall } from '../../src/lib/http-client.ts';
import { systemRandom } from '../../src/lib/random.ts';
import {
  buildClaim,
  CLAIM_FEE_SATS,
  claimSighash,
  keyPathWitness,
  scriptPathWitness,
  withWitness,
} from '../../src/liquid/claim-transaction.ts';
import { startCooperativeSignature } from '../../src/liquid/cooperative-signature.ts';
import { esploraClient } from '../../src/liquid/esplora-client.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { buildSwapTree } from '../../src/liquid/swap-tree.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { unblindOutput } from '../../src/liquid/unblind.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { deriveAddress } from '../../src/wallets/derive-address.ts';
import { aquaDescriptor, parsed } from '../support/wallets.ts';

/** The chain shares no proof code with the product: what it accepts was judged by a second pair of eyes. */
const network = liquidNetwork('regtest');
let folder = '';
let chain: Chain;
let payer: ChainWallet;
let source: ChainSource;
let close = async () => {};

beforeAll(async () => {
  await readyLiquid();
  folder = await mkdtemp(join(tmpdir(), 'chain-'));
  const opened = await openChain({ folder, now: () => new Date() });
  const served = await serveEsplora(opened.chain, { port: 0, host: '127.0.0.1' });
  chain = opened.chain;
  payer = opened.providerWallet;
  source = esploraClient({ http: httpCall }, { name: 'chain', url: served.url });
  close = async () => {
    await served.close();
    await chain.close();
  };
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

/** A funded swap, and what is needed to take it. */
async function lockedSwap(amountSats: bigint) {
  const [claimKey, refundKey, blindingKey, preimage] = [systemRandom(32), systemRandom(32), systemRandom(32), systemRandom(32)];
  const terms: SwapTerms = {
    preimageHash: sha256(preimage),
    claimPublicKey: secp256k1.getPublicKey(claimKey),
    refundPublicKey: secp256k1.getPublicKey(refundKey),
    timeoutBlockHeight: chain.height() + 1_000,
  };
  const tree = buildSwapTree(terms);
  const paid = await payer.pay({ script: tree.scriptPubKey, blindingPublicKey: secp256k1.getPublicKey(blindingKey), amountSats });
  const lockupOutput = parseTransaction(paid.hex).outputs[paid.vout];
  const lockup = lockupOutput && unblindOutput(lockupOutput, blindingKey);
  if (!lockupOutput || !lockup) throw new Error('the lockup did not open');
  const destination = deriveAddress(parsed(aquaDescriptor()), 3);
  const claim = (feeSats = CLAIM_FEE_SATS) =>
    buildClaim({ network, lockupHex: paid.hex, lockupVout: paid.vout, lockup, destination, feeSats }, systemRandom);
  return { paid, terms, tree, claimKey, refundKey, preimage, lockupOutput, lockup, destination, claim };
}
type Locked = Awaited<ReturnType<typeof lockedSwap>>;

function scriptPath(swap: Locked, claimHex: string, key = swap.claimKey): string {
  const sighash = claimSighash({ network, claimHex, lockupOutput: swap.lockupOutput, leaf: swap.tree.claimLeaf });
  return withWitness(claimHex, scriptPathWitness(swap.tree, schnorr.sign(sighash, key), swap.preimage));
}
function keyPath(swap: Locked, claimHex: string): string {
  const { terms, tree, refundKey } = swap;
  const sighash = claimSighash({ network, claimHex, lockupOutput: swap.lockupOutput, leaf: null });
  const ours = startCooperativeSignature({ claimPrivateKey: swap.claimKey, tree, sighash }, systemRandom);
  const theirs = nonceGen(terms.refundPublicKey, refundKey, tree.outputKey, sighash);
  const nonce = Uint8Array.from(theirs.public);
  const aggregate = nonceAggregate([nonce, ours.publicNonce]);
  const session = new Session(aggregate, [terms.refundPublicKey, terms.claimPublicKey], sighash, [tree.tweak], [true]);
  return withWitness(claimHex, keyPathWitness(ours.finish(nonce, session.sign(theirs.secret, refundKey))));
}

describe('on a chain that checks everything', () => {
  test('a claim by the script path is accepted, found again and buried', async () => {
    const swap = await lockedSwap(61_000n);
    const claim = swap.claim();
    expect(await source.broadcast(scriptPath(swap, claim.hex))).toEqual({ accepted: true });
    expect(await source.transactionStatus(claim.txid)).toEqual({ confirmed: false, height: null });
    expect(await source.outspend(swap.paid.txid, swap.paid.vout)).toEqual({ spent: true, txid: claim.txid, height: null });
    const seen = await source.scriptTransactions(swap.tree.scriptPubKey);
    expect(seen.map((found) => found.txid).sort()).toEqual([swap.paid.txid, claim.txid].sort());
    const height = await chain.mine(1);
    expect(await source.tipHeight()).toBe(height);
    expect(await source.transactionStatus(claim.txid)).toEqual({ confirmed: true, height });
    expect(await source.scriptTransactions(swap.destination.scriptPubKey)).toEqual([{ txid: claim.txid, height }]);
    const paid = (await source.transactionContents(claim.txid))?.outputs[0];
    expect(paid && unblindOutput(paid, swap.destination.blindingPrivateKey.reveal())?.valueSats).toBe(61_000n - CLAIM_FEE_SATS);
  });

  test('a claim signed together is accepted, and its script-path twin counts as the same transaction', async () => {
    const swap = await lockedSwap(1_000n);
    const claim = swap.claim();
    const twin = scriptPath(swap, claim.hex);
    expect(parseTransaction(twin).txid).toBe(claim.txid);
    expect(await source.broadcast(keyPath(swap, claim.hex))).toEqual({ accepted: true });
    expect(await source.broadcast(twin)).toEqual({ accepted: true });
    expect(await source.outspend(swap.paid.txid, swap.paid.vout)).toMatchObject({ spent: true, txid: claim.txid });
  });

  test('a claim with a foreign key, a second claim and one without its fee are refused', async () => {
    const swap = await lockedSwap(50_000n);
    const forged = await source.broadcast(scriptPath(swap, swap.claim().hex, systemRandom(32)));
    expect(forged).toMatchObject({ accepted: false });
    const cheap = await source.broadcast(scriptPath(swap, swap.claim(22n).hex));
    expect(cheap).toMatchObject({ accepted: false, reason: expect.stringContaining('min relay fee') });
    expect(await source.broadcast(scriptPath(swap, swap.claim(23n).hex))).toEqual({ accepted: true });
    expect(await source.broadcast(scriptPath(swap, swap.claim().hex))).toMatchObject({ accepted: false });
  });

  test('what nobody knows is unknown, and what nobody spent is unspent', async () => {
    const swap = await lockedSwap(2_000n);
    expect(await source.transactionContents('ab'.repeat(32))).toBeNull();
    expect(await source.transactionStatus('ab'.repeat(32))).toBeNull();
    expect(await source.outspend(swap.paid.txid, swap.paid.vout)).toEqual({ spent: false });
    expect(await source.scriptTransactions(swap.destination.scriptPubKey)).toEqual([]);
  });
});
