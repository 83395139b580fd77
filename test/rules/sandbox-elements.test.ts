import type { Network } from '../../sandbox/elements/network.ts';
import type { TxOutput } from '../../sandbox/elements/transaction.ts';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, test } from 'vitest';
import { makeAddress, parseAddress } from '../../sandbox/elements/address.ts';
import { fromDisplay, join } from '../../sandbox/elements/codec.ts';
import { openOutput } from '../../sandbox/elements/confidential.ts';
import { NETWORKS, REGTEST } from '../../sandbox/elements/network.ts';
import { claimLeaf, p2trScript, refundLeaf } from '../../sandbox/elements/script.ts';
import { taprootSighash } from '../../sandbox/elements/sighash.ts';
import { controlBlock, leafHash, provesLeaf, swapOutput, tapTweak } from '../../sandbox/elements/taproot.ts';
import { parseTransaction, transactionHex, transactionId } from '../../sandbox/elements/transaction.ts';
import { transactionSizes } from '../../sandbox/elements/transaction-size.ts';
import { amountsBalance } from '../../sandbox/elements/verify-amounts.ts';
import { verifyInput } from '../../sandbox/elements/verify-input.ts';
import { loadZkp } from '../../sandbox/elements/zkp.ts';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import descriptors from '../vectors/descriptors.json' with { type: 'json' };
import swap from '../vectors/swap.json' with { type: 'json' };
import unblind from '../vectors/unblind.json' with { type: 'json' };

const zkp = await loadZkp();
const lockup = parseTransaction(swap.lockup.hex);
const leaves = { claim: fromHex(swap.swapTree.claimLeaf.output), refund: fromHex(swap.swapTree.refundLeaf.output) };
const internalKey = fromHex(swap.internalKey);
const claims = [
  { name: 'cooperative', vector: swap.cooperativeClaim, leaf: null },
  { name: 'script path', vector: swap.scriptPathClaim, leaf: fromHex(swap.claimLeafHash) },
];
/** Every recorded transaction whose inputs are recorded too: elementsd's own signatures and proofs. */
const recorded = new Map([...unblind.cases, swap.lockup].map(({ txid, hex }) => [txid, parseTransaction(hex)]));
const complete = [...recorded.values()].flatMap((tx) => {
  const spent = tx.inputs.flatMap(({ txid, vout }) => recorded.get(txid)?.outputs[vout] ?? []);
  return spent.length === tx.inputs.length ? [{ tx, spent }] : [];
});

describe('the swap tree', () => {
  test('has the recorded leaves, hashes, tweak, output key, script and control block', () => {
    const output = swapOutput(internalKey, leaves);
    expect(toHex(claimLeaf(fromHex(swap.preimageHash), fromHex(swap.claimPublicKey).slice(1)))).toBe(swap.swapTree.claimLeaf.output);
    expect(toHex(refundLeaf(fromHex(swap.refundPublicKey).slice(1), swap.timeoutBlockHeight))).toBe(swap.swapTree.refundLeaf.output);
    expect(toHex(leafHash(leaves.claim))).toBe(swap.claimLeafHash);
    expect(toHex(leafHash(leaves.refund))).toBe(swap.refundLeafHash);
    expect(toHex(output.merkleRoot)).toBe(swap.merkleRoot);
    expect(toHex(tapTweak(internalKey, output.merkleRoot))).toBe(swap.taprootTweak);
    expect({ key: toHex(output.key), parity: output.parity }).toEqual({ key: swap.outputKey, parity: swap.outputKeyParity });
    expect(toHex(p2trScript(output))).toBe(swap.lockupScriptPubKey);
    expect(toHex(controlBlock(internalKey, output.parity, leaves.refund))).toBe(swap.scriptPathClaim.controlBlock);
  });

  test('a control block proves its own leaf and no other, under its own key and parity', () => {
    const control = fromHex(swap.scriptPathClaim.controlBlock);
    const key = fromHex(swap.outputKey);
    expect(provesLeaf(control, leaves.claim, key)).toBe(true);
    expect(provesLeaf(control, leaves.refund, key)).toBe(false);
    expect(provesLeaf(control, leaves.claim, internalKey)).toBe(false);
    expect(provesLeaf(control.with(0, 0xc4), leaves.claim, key)).toBe(false);
    expect(provesLeaf(control.with(0, 0xc1), leaves.claim, key)).toBe(false);
  });

  test('a refund leaf pushes every height in the shortest way', () => {
    const key = fromHex(swap.claimPublicKey).slice(1);
    const tail = (height: number) => toHex(refundLeaf(key, height)).slice(68);
    expect([1, 16, 17, 127, 128, 32_767, 32_768, 3_500_000].map(tail)).toEqual([
      '51b1',
      '60b1',
      '0111b1',
      '017fb1',
      '028000b1',
      '02ff7fb1',
      '03008000b1',
      '03e06735b1',
    ]);
  });
});

describe('signature hashes', () => {
  test.each(claims)('the $name claim signs the recorded message, and its signature is good', ({ vector, leaf }) => {
    const tx = parseTransaction(vector.hex);
    const spending = { tx, index: 0, spent: lockup.outputs.slice(0, 1) };
    const sighash = taprootSighash(spending, swap.genesisBlockHash, leaf);
    const key = leaf ? fromHex(swap.claimPublicKey).slice(1) : fromHex(swap.outputKey);
    expect(toHex(sighash)).toBe(vector.sighash);
    expect(schnorr.verify(tx.inputs[0]?.witness[0] ?? new Uint8Array(), sighash, key)).toBe(true);
    expect(toHex(taprootSighash(spending, NETWORKS.liquid.genesisHash, leaf))).not.toBe(vector.sighash);
  });

  test('every recorded input that elementsd signed is good here, and with another spent value it is not', () => {
    expect(complete.length).toBeGreaterThanOrEqual(3);
    for (const { tx, spent } of complete) {
      for (const index of tx.inputs.keys()) {
        expect(verifyInput({ tx, index, spent }, REGTEST.genesisHash)).toBeNull();
        const other = spent.map((output) => ({ ...output, value: output.value.with(8, (output.value[8] ?? 0) ^ 1) }));
        expect(verifyInput({ tx, index, spent: other }, REGTEST.genesisHash)).toMatch(/^non-mandatory-script-verify-flag/);
      }
    }
  });
});

describe('transactions', () => {
  const all = [...unblind.cases, swap.lockup, swap.cooperativeClaim, swap.scriptPathClaim];

  test('every recorded transaction is read and written back byte by byte, under its own id', () => {
    for (const { txid, hex } of all) {
      const tx = parseTransaction(hex);
      expect(transactionHex(tx)).toBe(hex);
      expect(transactionId(tx)).toBe(txid);
    }
  });

  test('a transaction that is cut short or goes on is not a transaction', () => {
    expect(() => parseTransaction(swap.cooperativeClaim.hex.slice(0, -2))).toThrow(RangeError);
    expect(() => parseTransaction(`${swap.cooperativeClaim.hex}00`)).toThrow(RangeError);
    expect(() => parseTransaction('')).toThrow(RangeError);
    expect(() => parseTransaction('0200000001ffffffffff')).toThrow(RangeError);
  });

  test.each(claims)('the $name claim has the virtual sizes that elementsd measured', ({ vector }) => {
    const { vsize, discountVsize } = transactionSizes(parseTransaction(vector.hex));
    expect({ vsize, discountVsize }).toEqual({ vsize: vector.vsize, discountVsize: vector.discountVsize });
  });

  test('what elementsd blinded adds up, and nothing that was changed afterwards does', () => {
    const claim = parseTransaction(swap.cooperativeClaim.hex);
    for (const { tx, spent } of [...complete, { tx: claim, spent: lockup.outputs.slice(0, 1) }]) {
      expect(amountsBalance(zkp, tx, spent)).toBe(true);
      const change = (index: number, field: 'value' | 'rangeProof' | 'surjectionProof', at: number) => ({
        ...tx,
        outputs: tx.outputs.map((output, each) =>
          each === index ? { ...output, [field]: output[field].with(at, (output[field][at] ?? 0) ^ 1) } : output,
        ),
      });
      expect(amountsBalance(zkp, change(tx.outputs.length - 1, 'value', 8), spent)).toBe(false);
      expect(amountsBalance(zkp, change(0, 'value', 20), spent)).toBe(false);
      expect(amountsBalance(zkp, change(0, 'rangeProof', 2_000), spent)).toBe(false);
      expect(amountsBalance(zkp, change(0, 'surjectionProof', 20), spent)).toBe(false);
    }
  });
});

describe('unblinding', () => {
  test.each(unblind.cases)('$id opens as elementsd opened it', ({ txid, outputs }) => {
    expect(outputs.length).toBeGreaterThan(0);
    for (const { vout, blindingPrivateKey, asset, value, assetBlinder, valueBlinder } of outputs) {
      const output = recorded.get(txid)?.outputs[vout];
      const opened = output && openOutput(zkp, output, fromHex(blindingPrivateKey));
      expect(opened && { ...opened, assetBlinder: toHex(opened.assetBlinder), valueBlinder: toHex(opened.valueBlinder) }).toEqual({
        assetId: asset,
        valueSats: BigInt(value),
        assetBlinder,
        valueBlinder,
      });
    }
  });

  test('a hidden output stays closed to another key', () => {
    const [output] = lockup.outputs;
    expect(output && openOutput(zkp, output, fromHex(swap.blindingPrivateKey))?.valueSats).toBe(BigInt(swap.onchainAmount));
    expect(output && openOutput(zkp, output, fromHex(swap.merchant.blindingPrivateKey))).toBeNull();
  });

  test('an output that says it holds L-BTC, and holds something else, is not believed', () => {
    const [blinder, ephemeral, owner] = [7, 8, 9].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array, Uint8Array]; // three were mapped
    const other = new Uint8Array(32).fill(1);
    const lbtc = fromDisplay(REGTEST.lbtcAsset);
    const script = fromHex(swap.merchant.scriptPubKey);
    const shared = sha256(sha256(secp256k1.getSharedSecret(ephemeral, secp256k1.getPublicKey(owner))));
    const outputThatSays = (said: Uint8Array): TxOutput => {
      const asset = zkp.generator.generateBlinded(other, blinder);
      const value = zkp.pedersen.commitment('5000', asset, blinder);
      const rangeProof = zkp.rangeproof.sign('5000', value, asset, blinder, shared, '1', '0', '52', join(said, blinder), script);
      return { asset, value, nonce: secp256k1.getPublicKey(ephemeral), script, rangeProof, surjectionProof: new Uint8Array() };
    };
    expect(openOutput(zkp, outputThatSays(other), owner)).toMatchObject({ assetId: '01'.repeat(32), valueSats: 5_000n });
    expect(openOutput(zkp, outputThatSays(lbtc), owner)).toBeNull();
  });
});

describe('addresses', () => {
  const rows = [...descriptors.descriptors, ...descriptors.known].flatMap(({ network, addresses }) =>
    addresses.map((row) => ({ network, ...row })),
  );
  const all = [...rows, ...descriptors.taprootLockupAddresses];
  const networkOf = (name: string): Network => {
    if (name === 'liquid' || name === 'testnet' || name === 'regtest') return NETWORKS[name];
    throw new Error(`no network ${name}`);
  };

  test('every recorded address is made from its script and key, and read back to them', () => {
    expect(all.length).toBeGreaterThan(200);
    for (const { network, scriptPubKey, blindingPubkey, confidential, unconfidential } of all) {
      const net = networkOf(network);
      const script = fromHex(scriptPubKey);
      const blindingPublicKey = fromHex(blindingPubkey);
      expect(makeAddress(net, { script, blindingPublicKey })).toBe(confidential);
      expect(makeAddress(net, { script, blindingPublicKey: null })).toBe(unconfidential);
      expect(parseAddress(net, confidential)).toEqual({ script, blindingPublicKey });
      expect(parseAddress(net, unconfidential)).toEqual({ script, blindingPublicKey: null });
    }
  });

  test('an address of another network, or with one character changed, is no address', () => {
    const texts = all.slice(-3).flatMap(({ confidential, unconfidential }) => [confidential, unconfidential]);
    for (const text of [...texts, swap.lockupAddress, swap.merchant.confidential]) {
      const networks = Object.values(NETWORKS).filter((network) => parseAddress(network, text) !== null);
      expect(networks).toHaveLength(1);
      const damaged = `${text.slice(0, -3)}${text.at(-3) === 'q' ? 'p' : 'q'}${text.slice(-2)}`;
      for (const network of Object.values(NETWORKS)) expect(parseAddress(network, damaged)).toBeNull();
    }
  });
});
