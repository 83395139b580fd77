import type { ClaimRequest } from '../../src/liquid/claim-transaction.ts';
import type { Unblinded } from '../../src/liquid/unblind.ts';
import { pointFromScalar } from 'tiny-secp256k1';
import { expect, test } from 'vitest';
import { systemRandom } from '../../src/lib/random.ts';
import { deriveAddress } from '../../src/wallets/derive-address.ts';
import { buildClaim, CLAIM_FEE_SATS } from '../../src/liquid/claim-transaction.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { OPENED_MAX, rememberOpened } from '../../src/liquid/remember-opened.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { unblindOutput } from '../../src/liquid/unblind.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { swapVectors as vector } from '../support/liquid-vectors.ts';
import { aquaDescriptor, parsed } from '../support/wallets.ts';

const OUTPUT = {
  ...{ script: Uint8Array.of(1), asset: Uint8Array.of(2), value: Uint8Array.of(3), nonce: Uint8Array.of(4) },
  ...{ rangeProof: Uint8Array.of(5, 6), surjectionProof: Uint8Array.of(7) },
};
const KEY = new Uint8Array(32).fill(1);

/** Opens every output to what it was asked as the how-manyth. */
function countingProofs(fails = () => false) {
  const asked = { count: 0 };
  const unblind = async (): Promise<Unblinded | null> => {
    asked.count++;
    if (fails()) throw new Error('the proof queue is full');
    const blinder = new Uint8Array(32);
    return { assetId: '', valueSats: BigInt(asked.count), assetBlinder: blinder, valueBlinder: blinder, confidential: true };
  };
  const build = async (request: ClaimRequest) => buildClaim(request, systemRandom);
  return { asked, proofs: rememberOpened({ unblind, buildClaim: build }) };
}

test('an output is opened once, however often it is looked at, also at the same time', async () => {
  const { asked, proofs } = countingProofs();
  const looks = await Promise.all([proofs.unblind(OUTPUT, KEY), proofs.unblind({ ...OUTPUT }, Uint8Array.from(KEY))]);
  expect(looks[0]).toBe(looks[1]);
  expect(await proofs.unblind(OUTPUT, KEY)).toBe(looks[0]);
  expect(asked.count).toBe(1);
});

test('another key, or any other byte of the output, is another question', async () => {
  const { asked, proofs } = countingProofs();
  await proofs.unblind(OUTPUT, KEY);
  const others = Object.keys(OUTPUT).map((part) => ({ ...OUTPUT, [part]: Uint8Array.of(9) }));
  const shifted = { ...OUTPUT, nonce: Uint8Array.of(4, 5), rangeProof: Uint8Array.of(6) };
  for (const other of [...others, shifted]) await proofs.unblind(other, KEY);
  await proofs.unblind(OUTPUT, new Uint8Array(32).fill(2));
  expect(asked.count).toBe(1 + others.length + 2);
});

test('that an output could not be opened just now is not remembered', async () => {
  let isFull = true;
  const { asked, proofs } = countingProofs(() => isFull);
  await expect(proofs.unblind(OUTPUT, KEY)).rejects.toThrow('full');
  isFull = false;
  expect((await proofs.unblind(OUTPUT, KEY))?.valueSats).toBe(2n);
  expect(asked.count).toBe(2);
});

test('no more outputs are remembered than the bound says', async () => {
  const { asked, proofs } = countingProofs();
  const at = (i: number) => ({ ...OUTPUT, script: new TextEncoder().encode(String(i)) });
  for (let i = 0; i <= OPENED_MAX; i++) await proofs.unblind(at(i), KEY);
  await proofs.unblind(at(OPENED_MAX), KEY);
  expect(asked.count).toBe(OPENED_MAX + 1);
  await proofs.unblind(at(0), KEY);
  expect(asked.count).toBe(OPENED_MAX + 2);
});

test('the output of a claim that was built here is known as the proofs would tell it, by its very bytes and its own key alone', async () => {
  await readyLiquid();
  const { asked, proofs } = countingProofs();
  const { hex: lockupHex, vout: lockupVout } = vector.lockup;
  const spent = parseTransaction(lockupHex).outputs[lockupVout];
  const lockup = spent && unblindOutput(spent, Buffer.from(vector.blindingPrivateKey, 'hex'));
  if (!lockup) throw new Error('the vectors have changed');
  const destination = deriveAddress(parsed(aquaDescriptor()), 3);
  const place = { network: liquidNetwork('regtest'), lockupHex, lockupVout, feeSats: CLAIM_FEE_SATS };
  const claim = await proofs.buildClaim({ ...place, lockup, destination });
  const output = parseTransaction(claim.hex).outputs[0];
  const key = destination.blindingPrivateKey.reveal();
  if (!output) throw new Error('a claim has an output');
  expect(await proofs.unblind(output, key)).toEqual(unblindOutput(output, key));
  expect(asked.count).toBe(0);
  await proofs.unblind(output, KEY);
  await proofs.unblind({ ...output, nonce: pointFromScalar(KEY, true) ?? KEY }, key);
  expect(asked.count).toBe(2);
});
