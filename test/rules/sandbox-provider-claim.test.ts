import type { SandboxWorld } from '../support/sandbox-world.ts';
import type { Destination } from '../support/swap-client.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, test } from 'vitest';
import { readDescriptor } from '../../sandbox/merchant-wallet/wallet-descriptor.ts';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { CLAIM_FEE_SATS } from '../../src/liquid/claim-transaction.ts';
import { shareSandboxWorld } from '../support/sandbox-world.ts';
import {
  broadcast,
  openSwap,
  payUntilLocked,
  prepareClaim,
  readLockup,
  readStatus,
  signAlone,
  signTogether,
  until,
} from '../support/swap-client.ts';

let world: SandboxWorld;
shareSandboxWorld((opened) => {
  world = opened;
});

/** An address of the demo merchant's wallet. */
function merchantAddress(index: number): Destination {
  const wallet = readDescriptor(world.sandbox.demo().descriptor);
  if (!wallet) throw new Error('the demo descriptor cannot be read');
  const scriptPubKey = wallet.scriptAt(index);
  return { scriptPubKey, blindingPublicKey: secp256k1.getPublicKey(wallet.blindingKeyOf(scriptPubKey), true) };
}

const payStatus = async (hash: Uint8Array) => (await world.control('GET', `/pay/${toHex(hash)}`)).body;

describe('a paid invoice', () => {
  test('goes from created over mempool to confirmed, with the fields of the protocol', async () => {
    const swap = await openSwap(world);
    expect(await readStatus(world, swap)).toEqual({ status: 'swap.created' });
    await payUntilLocked(world, swap);
    const lockup = await readLockup(world, swap);
    expect(lockup.valueSats).toBe(9_948n);
    const transaction = { id: lockup.txid, hex: lockup.hex };
    expect(await readStatus(world, swap)).toEqual({ status: 'transaction.mempool', transaction: { ...transaction, eta: 2 } });
    await world.control('POST', '/blocks', { count: 1 });
    expect(await readStatus(world, swap)).toEqual({ status: 'transaction.confirmed', transaction });
    expect(await payStatus(swap.terms.preimageHash)).toEqual({ status: 'held' });
  });

  test('is claimed together: the node takes the transaction, the payer gets the preimage, the wallet sees the money', async () => {
    const swap = await openSwap(world);
    const paying = world.control('POST', '/pay', { invoice: swap.created.invoice });
    await until(async () => (await readStatus(world, swap)).status === 'transaction.mempool');
    const claim = await prepareClaim(world, swap, merchantAddress(0));
    const signed = await signTogether(world, swap, claim);
    expect(await broadcast(world, signed)).toEqual({ status: 201, body: { id: claim.txid } });
    expect(await broadcast(world, signed)).toEqual({ status: 201, body: { id: claim.txid } });
    expect((await paying).body).toEqual({
      payment_hash: toHex(swap.terms.preimageHash),
      status: 'settled',
      preimage: toHex(swap.preimage),
    });
    expect(await readStatus(world, swap)).toEqual({ status: 'invoice.settled' });
    const { body } = await world.control('GET', '/wallet');
    const claimedSats = Number(9_948n - CLAIM_FEE_SATS);
    expect(body).toMatchObject({ balance_sats: claimedSats, invisible_sats: 0, last_used_index: 0, longest_unused_run: 0 });
    expect(body['utxos']).toEqual([{ txid: claim.txid, vout: 0, value_sats: claimedSats, index: 0, confirmed: false }]);
  });

  test('is signed for again after it is settled, with another nonce each time', async () => {
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    const claim = await prepareClaim(world, swap, merchantAddress(1));
    const signatures = [await signTogether(world, swap, claim), await signTogether(world, swap, claim)];
    expect(signatures[0]).not.toBe(signatures[1]);
    expect((await broadcast(world, signatures[1] ?? '')).status).toBe(201);
  });

  test('is claimed alone by the script path, and the provider settles from what it sees on the chain', async () => {
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    const claim = await prepareClaim(world, swap, merchantAddress(2));
    expect(await broadcast(world, signAlone(swap, claim))).toEqual({ status: 201, body: { id: claim.txid } });
    await until(async () => (await readStatus(world, swap)).status === 'invoice.settled');
    expect(await payStatus(swap.terms.preimageHash)).toEqual({ status: 'settled', preimage: toHex(swap.preimage) });
  });

  test('is settled by the preimage alone', async () => {
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    const reply = await world.provider('POST', `/swap/reverse/${swap.created.id}/claim`, { preimage: toHex(swap.preimage) });
    expect(reply).toEqual({ status: 200, body: {} });
    expect(await readStatus(world, swap)).toEqual({ status: 'invoice.settled' });
    expect(await payStatus(swap.terms.preimageHash)).toMatchObject({ status: 'settled' });
  });

  test('is not paid a second time', async () => {
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    const again = await world.control('POST', '/pay', { invoice: swap.created.invoice });
    expect(again.body).toMatchObject({ status: 'failed' });
    expect(await payStatus(swap.terms.preimageHash)).toEqual({ status: 'held' });
  });
});

describe('a claim is refused', () => {
  const claim = (id: string, body: object) => world.provider('POST', `/swap/reverse/${id}/claim`, body);

  test('before anything is locked up', async () => {
    const swap = await openSwap(world);
    const reply = await claim(swap.created.id, { preimage: toHex(swap.preimage) });
    expect(reply).toEqual({ status: 400, body: { error: 'swap not eligible for a cooperative claim' } });
  });

  test('with a wrong preimage, half of the parameters, or an input that is not there, and nothing is settled', async () => {
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    const prepared = await prepareClaim(world, swap, merchantAddress(3));
    const preimage = toHex(swap.preimage);
    const id = swap.created.id;
    const pubNonce = toHex(new Uint8Array(66).fill(2));
    expect((await claim(id, { preimage: toHex(sha256('no')) })).body).toEqual({ error: 'incorrect preimage' });
    expect((await claim(id, {})).body).toEqual({ error: 'undefined parameter: preimage' });
    expect((await claim(id, { preimage, pubNonce })).body).toEqual({
      error: 'pubNonce, index and transaction must be all set or all undefined',
    });
    expect((await claim(id, { preimage, pubNonce, transaction: prepared.hex, index: 1 })).body).toEqual({
      error: 'input index is out of range',
    });
    expect((await claim('nobody', { preimage })).status).toBe(404);
    expect((await readStatus(world, swap)).status).toBe('transaction.mempool');
    expect(await payStatus(swap.terms.preimageHash)).toEqual({ status: 'held' });
  });

  test('by the chain when it is spent already, in the words of the node', async () => {
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    const first = await prepareClaim(world, swap, merchantAddress(4));
    const second = await prepareClaim(world, swap, merchantAddress(5));
    await broadcast(world, signAlone(swap, first));
    await world.control('POST', '/blocks', { count: 1 });
    const reply = await broadcast(world, signAlone(swap, second));
    expect(reply).toEqual({ status: 400, body: { error: 'bad-txns-inputs-missingorspent' } });
  });
});

describe('time', () => {
  test('an unpaid invoice expires with its clock, bounces a late payment, and its swap ends at the timeout height', async () => {
    const swap = await openSwap(world, { invoiceExpiry: 600 });
    await world.control('POST', '/clock', { advance_s: 540 });
    expect((await readStatus(world, swap)).status).toBe('swap.created');
    await world.control('POST', '/clock', { advance_s: 120 });
    expect(await readStatus(world, swap)).toEqual({ status: 'invoice.expired' });
    expect((await world.control('POST', '/pay', { invoice: swap.created.invoice })).body).toMatchObject({ status: 'failed' });
    await world.control('POST', '/clock', { advance_s: 24 * 3_600 });
    expect(await readStatus(world, swap)).toEqual({ status: 'swap.expired', failureReason: 'onchain HTLC timed out' });
  });

  test('a lockup that nobody claims goes back: told when the refund is sent and when it is in a block, then the payer is free', async () => {
    const swap = await openSwap(world);
    await payUntilLocked(world, swap);
    const { height } = (await world.control<{ height: number }>('GET', '')).body;
    await world.control('POST', '/blocks', { count: swap.created.timeoutBlockHeight - height });
    const sent = await readStatus(world, swap);
    expect(sent).toMatchObject({ status: 'transaction.refunded', transaction: { confirmed: false } });
    expect(sent.failureReason).toBe(`refunded onchain coins: ${sent.transaction?.id}`);
    expect(await payStatus(swap.terms.preimageHash)).toEqual({ status: 'held' });
    await world.control('POST', '/blocks', { count: 1 });
    expect(await readStatus(world, swap)).toMatchObject({ status: 'transaction.refunded', transaction: { confirmed: true } });
    expect(await payStatus(swap.terms.preimageHash)).toEqual({ status: 'refunded' });
    expect((await world.provider('POST', `/swap/reverse/${swap.created.id}/claim`, { preimage: toHex(swap.preimage) })).status).toBe(400);
  });

  test('thirty days pass within ten seconds', async () => {
    await openSwap(world);
    const before = process.cpuUsage();
    const reply = await world.control('POST', '/clock', { advance_s: 30 * 24 * 3_600 });
    expect(reply.status).toBe(200);
    const { user, system } = process.cpuUsage(before); // of this process, whatever else the machine does
    expect((user + system) / 1_000).toBeLessThan(10_000);
  });
});

test('eight payments in a row are all claimed, and the wallet holds their sum to the satoshi', async () => {
  const before = (await world.control<{ balance_sats: number }>('GET', '/wallet')).body.balance_sats;
  let owedSats = 0n;
  for (let index = 10; index < 18; index++) {
    const swap = await openSwap(world, { invoiceAmount: 10_000 + index });
    await payUntilLocked(world, swap);
    const claim = await prepareClaim(world, swap, merchantAddress(index));
    expect((await broadcast(world, await signTogether(world, swap, claim))).status).toBe(201);
    owedSats += BigInt(swap.created.onchainAmount ?? 0) - CLAIM_FEE_SATS;
  }
  const { body } = await world.control<{ balance_sats: number; invisible_sats: number }>('GET', '/wallet');
  expect(body.balance_sats - before).toBe(Number(owedSats));
  expect(body.invisible_sats).toBe(0);
}, 60_000);
