import type { SwapTerms } from '../../src/liquid/swap-tree.ts';
import { schnorr } from '@noble/curves/secp256k1.js';
import { IndividualPubkey, nonceAggregate, nonceGen, Session } from '@scure/btc-signer/musig2.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { confidentialAddress, unconfidentialAddress } from '../../src/liquid/address.ts';
import { startCooperativeSignature } from '../../src/liquid/cooperative-signature.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { buildSwapTree, tapLeafHash } from '../../src/liquid/swap-tree.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { swapVectors as vector } from '../support/liquid-vectors.ts';

beforeAll(readyLiquid);

const terms: SwapTerms = {
  preimageHash: fromHex(vector.preimageHash),
  claimPublicKey: fromHex(vector.claimPublicKey),
  refundPublicKey: fromHex(vector.refundPublicKey),
  timeoutBlockHeight: vector.timeoutBlockHeight,
};

describe("a swap's tree", () => {
  test('is the published one, byte for byte', () => {
    const tree = buildSwapTree(terms);
    expect(toHex(tree.claimLeaf)).toBe(vector.swapTree.claimLeaf.output);
    expect(toHex(tree.refundLeaf)).toBe(vector.swapTree.refundLeaf.output);
    expect(tree.leafVersion).toBe(vector.swapTree.claimLeaf.version);
    expect(toHex(tapLeafHash(tree.claimLeaf))).toBe(vector.claimLeafHash);
    expect(toHex(tapLeafHash(tree.refundLeaf))).toBe(vector.refundLeafHash);
    expect(toHex(tree.internalKey)).toBe(vector.internalKey);
    expect(toHex(tree.merkleRoot)).toBe(vector.merkleRoot);
    expect(toHex(tree.tweak)).toBe(vector.taprootTweak);
    expect(toHex(tree.outputKey)).toBe(vector.outputKey);
    expect(tree.outputKeyParity).toBe(vector.outputKeyParity);
    expect(toHex(tree.scriptPubKey)).toBe(vector.lockupScriptPubKey);
    expect(toHex(tree.claimControlBlock)).toBe(vector.scriptPathClaim.controlBlock);
  });

  test('has the published lockup addresses', () => {
    const { scriptPubKey } = buildSwapTree(terms);
    const network = liquidNetwork('regtest');
    expect(confidentialAddress(network, scriptPubKey, fromHex(vector.blindingPublicKey))).toBe(vector.lockupAddress);
    expect(unconfidentialAddress(network, scriptPubKey)).toBe(vector.lockupUnconfidentialAddress);
  });

  test('is another for every change of its terms, also for a key of the other parity', () => {
    const otherParity = Uint8Array.from(terms.refundPublicKey);
    otherParity[0] = 5 - (otherParity[0] ?? 0);
    const changes: Partial<SwapTerms>[] = [
      {},
      { preimageHash: sha256('another') },
      { timeoutBlockHeight: 32 },
      { refundPublicKey: otherParity },
      { claimPublicKey: terms.refundPublicKey, refundPublicKey: terms.claimPublicKey },
    ];
    const scripts = changes.map((change) => toHex(buildSwapTree({ ...terms, ...change }).scriptPubKey));
    expect(new Set(scripts).size).toBe(changes.length);
    const other = buildSwapTree({ ...terms, refundPublicKey: otherParity });
    expect(toHex(other.refundLeaf)).toBe(vector.swapTree.refundLeaf.output);
  });

  test.each([
    [1, '51b1'],
    [16, '60b1'],
    [17, '0111b1'],
    [127, '017fb1'],
    [128, '028000b1'],
    [255, '02ff00b1'],
    [256, '020001b1'],
    [32_767, '02ff7fb1'],
    [32_768, '03008000b1'],
    [3_510_000, '03f08e35b1'],
    [8_388_608, '0400008000b1'],
  ])('pushes the height %i minimally', (timeoutBlockHeight, end) => {
    expect(toHex(buildSwapTree({ ...terms, timeoutBlockHeight }).refundLeaf).slice(68)).toBe(end);
  });

  test.each<[string, Partial<SwapTerms>]>([
    ['a short hash', { preimageHash: new Uint8Array(31) }],
    ['an x-only key', { claimPublicKey: terms.claimPublicKey.slice(1) }],
    ['a key off the curve', { refundPublicKey: new Uint8Array(33).fill(0xff) }],
    ['a height of zero', { timeoutBlockHeight: 0 }],
    ['a negative height', { timeoutBlockHeight: -1 }],
    ['a height that is a time', { timeoutBlockHeight: 500_000_000 }],
    ['half a height', { timeoutBlockHeight: 1.5 }],
    ['no height', { timeoutBlockHeight: Number.NaN }],
  ])('is not built from %s', (_what, change) => {
    expect(() => buildSwapTree({ ...terms, ...change })).toThrow();
  });
});

/** The provider's side of a session, written against BIP-327's own interface. */
function provider(sighash: Uint8Array, secret = fromHex(vector.refundPrivateKey)) {
  const tree = buildSwapTree(terms);
  const nonces = nonceGen(IndividualPubkey(secret), secret, tree.outputKey, sighash);
  return {
    nonce: Uint8Array.from(nonces.public),
    sign(ourNonce: Uint8Array, message = sighash): Uint8Array {
      const aggregate = nonceAggregate([nonces.public, ourNonce]);
      const session = new Session(aggregate, [terms.refundPublicKey, terms.claimPublicKey], message, [tree.tweak], [true]);
      return session.sign(nonces.secret, secret);
    },
  };
}
function start(sighash: Uint8Array) {
  return startCooperativeSignature({ claimPrivateKey: fromHex(vector.claimPrivateKey), tree: buildSwapTree(terms), sighash }, systemRandom);
}

describe('a claim signed together', () => {
  const sighash = fromHex(vector.cooperativeClaim.sighash);

  test('carries a signature that is valid under the lockup key', () => {
    const session = start(sighash);
    const theirs = provider(sighash);
    const signature = session.finish(theirs.nonce, theirs.sign(session.publicNonce));
    expect(signature).toHaveLength(64);
    expect(schnorr.verify(signature, sighash, fromHex(vector.outputKey))).toBe(true);
  });

  test('was signed with the published partial signature: it fits the published nonces, and the whole is the published signature', () => {
    const claim = vector.cooperativeClaim;
    const order = [fromHex(claim.boltzPubNonce), fromHex(claim.ourPubNonce)];
    const tree = buildSwapTree(terms);
    const session = new Session(nonceAggregate(order), [terms.refundPublicKey, terms.claimPublicKey], sighash, [tree.tweak], [true]);
    expect(session.partialSigVerify(fromHex(claim.boltzPartialSignature), order, 0)).toBe(true);
    expect(schnorr.verify(fromHex(claim.signature), sighash, tree.outputKey)).toBe(true);
  });

  test('has fresh nonces for every try', () => {
    expect(toHex(start(sighash).publicNonce)).not.toBe(toHex(start(sighash).publicNonce));
  });

  test('has another nonce for another message, even where chance repeats itself', () => {
    const stuck = () => new Uint8Array(32).fill(1);
    const begin = (message: Uint8Array) =>
      startCooperativeSignature({ claimPrivateKey: fromHex(vector.claimPrivateKey), tree: buildSwapTree(terms), sighash: message }, stuck);
    expect(toHex(begin(sighash).publicNonce)).not.toBe(toHex(begin(sha256('another')).publicNonce));
  });

  test('is finished once: a second answer cannot make the nonce sign twice', () => {
    const session = start(sighash);
    const theirs = provider(sighash);
    const partial = theirs.sign(session.publicNonce);
    session.finish(theirs.nonce, partial);
    expect(() => session.finish(theirs.nonce, partial)).toThrow('once');
  });

  test.each<[string, (ours: Uint8Array) => { nonce: Uint8Array; partial: Uint8Array }]>([
    ['for another transaction', (ours) => answer(provider(sighash), ours, sha256('another'))],
    ['by another key', (ours) => ({ nonce: provider(sighash).nonce, partial: provider(sighash).sign(ours) })],
    ['of zeros', () => ({ nonce: provider(sighash).nonce, partial: new Uint8Array(32) })],
    ['that is too short', (ours) => ({ nonce: provider(sighash).nonce, partial: provider(sighash).sign(ours).slice(1) })],
    ['that is too long', (ours) => ({ nonce: provider(sighash).nonce, partial: Uint8Array.of(...provider(sighash).sign(ours), 0) })],
    ['with half a nonce', (ours) => ({ nonce: provider(sighash).nonce.slice(33), partial: provider(sighash).sign(ours) })],
    ['that is our own nonce again', (ours) => ({ nonce: ours, partial: new Uint8Array(32).fill(1) })],
    ['with a nonce off the curve', (ours) => ({ nonce: new Uint8Array(66).fill(0xff), partial: provider(sighash).sign(ours) })],
  ])('refuses a partial signature %s', (_what, lie) => {
    const session = start(sighash);
    const { nonce, partial } = lie(session.publicNonce);
    expect(() => session.finish(nonce, partial)).toThrow();
  });

  test('blames the provider for a partial signature that does not fit, before ours is made', () => {
    const session = start(sighash);
    const { nonce, partial } = answer(provider(sighash), session.publicNonce, sha256('another'));
    expect(() => session.finish(nonce, partial)).toThrow('their partial signature does not fit');
  });

  test('is not begun with a key that is not the claim key, nor on half a sighash', () => {
    const claimPrivateKey = fromHex(vector.refundPrivateKey);
    expect(() => startCooperativeSignature({ claimPrivateKey, tree: buildSwapTree(terms), sighash }, systemRandom)).toThrow(RangeError);
    expect(() => start(sighash.slice(1))).toThrow(RangeError);
  });
});

function answer(theirs: ReturnType<typeof provider>, ours: Uint8Array, message: Uint8Array) {
  return { nonce: theirs.nonce, partial: theirs.sign(ours, message) };
}
