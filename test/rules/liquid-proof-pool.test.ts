import type { Worker } from 'node:worker_threads';
import type { ProofPool } from '../../src/liquid/proof-pool.ts';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fromHex } from '../../src/lib/bytes.ts';
import { parseConfidentialAddress } from '../../src/liquid/address.ts';
import { CLAIM_FEE_SATS } from '../../src/liquid/claim-transaction.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { PROOF_QUEUE_MAX, startProofPool } from '../../src/liquid/proof-pool.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { unblindOutput } from '../../src/liquid/unblind.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { swapVectors as vector } from '../support/liquid-vectors.ts';

const network = liquidNetwork('regtest');
const key = fromHex(vector.blindingPrivateKey);
const lockupOutput = parseTransaction(vector.lockup.hex).outputs[vector.lockup.vout];
const explicitOutput = parseTransaction(vector.lockup.hex).outputs[2];
const pools: ProofPool[] = [];

function pool(size: number): ProofPool {
  const started = startProofPool(size);
  pools.push(started);
  return started;
}
function output() {
  if (!lockupOutput) throw new Error('no lockup');
  return lockupOutput;
}
function claimRequest() {
  const destination = parseConfidentialAddress(network, vector.merchant.confidential);
  const lockup = unblindOutput(output(), key);
  if (!destination || !lockup) throw new Error('no claim');
  return { network, lockupHex: vector.lockup.hex, lockupVout: vector.lockup.vout, lockup, destination, feeSats: CLAIM_FEE_SATS };
}

beforeAll(readyLiquid);
afterEach(async () => {
  await Promise.all(pools.splice(0).map((started) => started.close()));
});

describe('the proof pool', () => {
  test('reads and builds in its threads exactly what is read and built here', async () => {
    const threads = pool(2);
    expect(await threads.unblind(output(), key)).toEqual(unblindOutput(output(), key));
    expect(await threads.unblind(output(), new Uint8Array(32).fill(9))).toBeNull();
    const claim = await threads.buildClaim(claimRequest());
    expect(claim.outputSats).toBe(250_000n - CLAIM_FEE_SATS);
    expect(parseTransaction(claim.hex).txid).toBe(claim.txid);
  });

  test('leaves this thread free while it works', async () => {
    const threads = pool(1);
    await threads.unblind(output(), key);
    let turns = 0;
    let isDone = false;
    const work = Promise.all(Array.from({ length: 5 }, () => threads.unblind(output(), key))).then(() => {
      isDone = true;
    });
    while (!isDone) {
      turns += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await work;
    expect(turns).toBeGreaterThan(20);
  });

  test('does claims before unblinding that waits', async () => {
    const threads = pool(1);
    const order: string[] = [];
    const unblinds = Array.from({ length: 4 }, () => threads.unblind(output(), key).then(() => void order.push('unblind')));
    const claim = threads.buildClaim(claimRequest()).then(() => void order.push('claim'));
    await Promise.all([...unblinds, claim]);
    expect(order).toEqual(['unblind', 'claim', 'unblind', 'unblind', 'unblind']);
  });

  test('rejects what is impossible and goes on', async () => {
    const threads = pool(1);
    await expect(threads.unblind(output(), new Uint8Array(32))).rejects.toThrow('not a blinding private key');
    await expect(threads.buildClaim({ ...claimRequest(), feeSats: 250_000n })).rejects.toThrow('cannot pay the fee');
    expect((await threads.unblind(output(), key))?.valueSats).toBe(250_000n);
  });

  test('replaces a thread that dies: its call is rejected, the next is answered', async () => {
    const threads = pool(1);
    const started: Worker[] = [];
    process.on('worker', (worker) => started.push(worker));
    const calls = Promise.allSettled([threads.unblind(output(), key), threads.unblind(output(), key)]);
    await new Promise(setImmediate);
    await started[0]?.terminate();
    expect((await calls).map((outcome) => outcome.status)).toEqual(['rejected', 'fulfilled']);
    expect((await threads.unblind(output(), key))?.valueSats).toBe(250_000n);
    expect(started).toHaveLength(2);
  });

  test('rejects work that cannot be copied to a thread, and goes on', async () => {
    const threads = pool(1);
    const uncopyable = Object.assign({}, output(), { toString: () => 'a function' });
    await expect(threads.unblind(uncopyable, key)).rejects.toThrow('could not be cloned');
    expect((await threads.unblind(output(), key))?.valueSats).toBe(250_000n);
  });

  test('takes no more than its queue holds', async () => {
    const threads = pool(1);
    if (!explicitOutput) throw new Error('no output');
    const calls = Array.from({ length: PROOF_QUEUE_MAX + 2 }, () => threads.unblind(explicitOutput, key));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(1);
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { message: 'the proof queue is full' } });
  });

  test('rejects what waits when it is closed, and everything after', async () => {
    const threads = startProofPool(1);
    const calls = Promise.allSettled([threads.unblind(output(), key), threads.unblind(output(), key)]);
    await threads.close();
    expect((await calls).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    await expect(threads.unblind(output(), key)).rejects.toThrow('closed');
  });

  test('has a thread at least', () => {
    for (const size of [0, -1, 0.5]) expect(() => startProofPool(size)).toThrow(RangeError);
  });
});
