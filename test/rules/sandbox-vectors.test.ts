import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { schnorr } from '@noble/curves/secp256k1.js';
import { makeAddress } from '../../sandbox/elements/address.ts';
import { REGTEST } from '../../sandbox/elements/network.ts';
import { loadZkp } from '../../sandbox/elements/zkp.ts';
import { descriptorChecksum } from '../../sandbox/merchant-wallet/descriptor-checksum.ts';
import { makeDescriptor, readDescriptor } from '../../sandbox/merchant-wallet/wallet-descriptor.ts';
import { makeInvoice, readInvoice } from '../../sandbox/provider/bolt11-invoice.ts';
import { makeCooperativeSigner } from '../../sandbox/provider/cooperative-signer.ts';
import { revealedPreimage } from '../../sandbox/provider/lockup-output.ts';
import { makeSwapTree, publicKeyOf, swapOutput } from '../../sandbox/provider/swap-tree.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const swap = read('swap');
const invoices = read('bolt11');
const { descriptors, invalid } = read('descriptors');
const zkp = await loadZkp();
const signer = makeCooperativeSigner(zkp, systemRandom);
const keys = { refund: fromHex(swap.refundPublicKey), claim: fromHex(swap.claimPublicKey) };
const tree = makeSwapTree({ preimageHash: fromHex(swap.preimageHash), timeoutBlockHeight: swap.timeoutBlockHeight, keys });

describe('the provider’s swap', () => {
  test('has the recorded leaves, internal key, output and address', () => {
    const internalKey = signer.aggregate([keys.refund, keys.claim]);
    const output = swapOutput(tree, internalKey);
    expect(tree).toEqual(swap.swapTree);
    expect(toHex(internalKey)).toBe(swap.internalKey);
    expect(toHex(output.tweak)).toBe(swap.taprootTweak);
    expect(output.parity).toBe(swap.outputKeyParity);
    expect(toHex(output.script)).toBe(swap.lockupScriptPubKey);
    const blindingPublicKey = publicKeyOf(fromHex(swap.blindingPrivateKey));
    expect(makeAddress(REGTEST, { script: output.script, blindingPublicKey })).toBe(swap.lockupAddress);
  });

  test('has another key when the keys are aggregated in the other order', () => {
    expect(toHex(signer.aggregate([keys.claim, keys.refund]))).not.toBe(swap.internalKey);
  });

  const cooperative = swap.cooperativeClaim;
  const request = {
    publicKeys: [keys.refund, keys.claim],
    tweak: fromHex(swap.taprootTweak),
    sighash: fromHex(cooperative.sighash),
    theirNonce: fromHex(cooperative.ourPubNonce),
  };
  const recorded = {
    publicNonce: fromHex(cooperative.boltzPubNonce),
    partial: fromHex(cooperative.boltzPartialSignature),
    publicKey: keys.refund,
  };

  test('takes the recorded partial signature for its own, and no altered one', () => {
    expect(signer.verify(recorded, request)).toBe(true);
    expect(signer.verify({ ...recorded, partial: fromHex(swap.preimageHash) }, request)).toBe(false);
    expect(signer.verify(recorded, { ...request, sighash: fromHex(swap.preimageHash) })).toBe(false);
    expect(signer.verify({ ...recorded, publicKey: keys.claim }, request)).toBe(false);
  });

  test('signs partially with a fresh nonce each time, and the recorded whole signature is good under its key', () => {
    const sign = () => signer.sign({ ...request, privateKey: fromHex(swap.refundPrivateKey) });
    const [one, two] = [sign(), sign()];
    expect(toHex(one.publicNonce)).not.toBe(toHex(two.publicNonce));
    expect(signer.verify({ ...one, publicKey: keys.refund }, request)).toBe(true);
    expect(schnorr.verify(fromHex(cooperative.signature), request.sighash, fromHex(swap.outputKey))).toBe(true);
  });

  test('reads the preimage from a claim by the script path, and none from a joint one', () => {
    const preimage = revealedPreimage(swap.scriptPathClaim.hex, 0);
    expect(preimage && toHex(preimage)).toBe(swap.preimage);
    expect(revealedPreimage(cooperative.hex, 0)).toBeNull();
  });
});

type Row = { index: number; scriptPubKey: string; blindingPrivkey: string; confidential: string };
type DescriptorRow = { id: string; seedHex: string; descriptor: string; multipathDescriptor: string; addresses: Row[] };
const regtest: DescriptorRow[] = descriptors.filter(({ network }: { network: string }) => network === 'regtest');

describe('the merchant’s wallet', () => {
  test.each(regtest)(
    'derives every recorded address of $id, from both forms of the descriptor',
    ({ descriptor, multipathDescriptor, addresses }) => {
      for (const text of [descriptor, multipathDescriptor, descriptor.split('#')[0] ?? '']) {
        const wallet = readDescriptor(text);
        const derived = addresses.map(({ index }) => {
          const script = wallet?.scriptAt(index) ?? new Uint8Array();
          const blindingKey = wallet?.blindingKeyOf(script) ?? new Uint8Array();
          const confidential = makeAddress(REGTEST, { script, blindingPublicKey: publicKeyOf(blindingKey) });
          return [toHex(script), toHex(blindingKey), confidential];
        });
        expect(derived).toEqual(addresses.map((row) => [row.scriptPubKey, row.blindingPrivkey, row.confidential]));
      }
    },
  );

  test('makes the descriptor that a wallet exports of its seed', () => {
    const first = regtest.find(({ descriptor }) => descriptor.includes('elsh(wpkh(') && descriptor.includes("/49'/1'/0']"));
    expect(makeDescriptor(fromHex(first?.seedHex ?? ''))).toBe(first?.descriptor);
  });

  test('reads no descriptor whose checksum does not fit', () => {
    const flipped = invalid.find(({ id }: { id: string }) => id === 'checksum_flipped');
    expect(readDescriptor(flipped.descriptor)).toBeNull();
    const text = regtest[0]?.descriptor ?? '';
    expect(descriptorChecksum(text.slice(0, -9))).toBe(text.slice(-8));
    expect(readDescriptor(`${text.slice(0, -1)}${text.endsWith('q') ? 'p' : 'q'}`)).toBeNull();
  });
});

type InvoiceRow = { id: string; prefix: string; invoice: string; millisatoshis: string };

describe('the shopper', () => {
  test('reads regtest’s invoices and no other network’s', () => {
    const rows: InvoiceRow[] = invoices.valid;
    for (const { prefix, invoice, millisatoshis } of rows) {
      const expected =
        prefix === 'bcrt' ? { paymentHash: invoices.paymentHash, amountMsat: BigInt(millisatoshis), payee: invoices.payeePublicKey } : null;
      if (expected === null) expect(readInvoice(invoice)).toBeNull();
      else expect(readInvoice(invoice)).toMatchObject(expected);
    }
  });

  test('pays no suspicious invoice', () => {
    const rows: InvoiceRow[] = invoices.suspicious;
    expect(rows.filter(({ invoice }) => readInvoice(invoice) !== null)).toEqual([]);
  });

  test('reads what the provider signs, and sees another payee when a character is changed', () => {
    const nodeKey = fromHex(invoices.payeePrivateKey);
    const terms = {
      paymentHash: invoices.paymentHash,
      paymentSecret: '22'.repeat(32),
      amountSats: 1_000n,
      description: 'Grüße',
      descriptionHash: null,
      expirySeconds: 600,
      createdAtSeconds: 1_800_000_000,
    };
    const invoice = makeInvoice(terms, nodeKey);
    const expected = {
      paymentHash: terms.paymentHash,
      paymentSecret: terms.paymentSecret,
      amountMsat: 1_000_000n,
      payee: invoices.payeePublicKey,
    };
    expect(readInvoice(invoice)).toEqual(expected);
    expect(readInvoice(`lightning:${invoice.toUpperCase()}`)).toEqual(expected);
    expect(readInvoice(`${invoice.slice(0, 60)}${invoice[60] === 'q' ? 'p' : 'q'}${invoice.slice(61)}`)).toBeNull();
  });
});
