import type { OpenedChain } from '../../sandbox/chain/chain.ts';
import type { TxOutput } from '../../sandbox/elements/transaction.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openChain } from '../../sandbox/chain/open-chain.ts';
import { buildTransaction, SEQUENCE_FINAL, signKeyHashInputs } from '../../sandbox/elements/build-transaction.ts';
import { explicitOutput, openOutput } from '../../sandbox/elements/confidential.ts';
import { REGTEST } from '../../sandbox/elements/network.ts';
import { parseTransaction, transactionHex, transactionId } from '../../sandbox/elements/transaction.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { blindingKey, claim, claimKey, home, zkp } from '../support/sandbox-claims.ts';
import swap from '../vectors/swap.json' with { type: 'json' };

const START = new Date('2026-11-22T12:00:00Z');

let folder: string;
let now: Date;
let opened: OpenedChain;

const reopen = () => openChain({ folder, now: () => now, mineByClock: false, initialHeight: 20, seedTransactions: [swap.lockup.hex] });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avopay-chain-'));
  now = START;
  opened = await reopen();
});

afterEach(async () => {
  await opened.chain.close();
  await rm(folder, { recursive: true });
});

describe('the mempool', () => {
  test('a coin is spent once: a final transaction is not replaced, and a mined one never', async () => {
    const first = claim({ sequence: SEQUENCE_FINAL });
    expect((await opened.chain.accept(first)).ok).toBe(true);
    expect(await opened.chain.accept(claim({ feeSats: 5_000n }))).toEqual({ ok: false, reason: 'txn-mempool-conflict' });
    await opened.chain.mine(1);
    expect(await opened.chain.accept(claim({ feeSats: 5_000n }))).toEqual({ ok: false, reason: 'bad-txns-inputs-missingorspent' });
  });

  test('a replaceable transaction gives way to one that pays for its whole size, not for less', async () => {
    const first = await opened.chain.accept(claim({ feeSats: 30n }));
    expect(await opened.chain.accept(claim({ feeSats: 30n }))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/; new feerate .* <= old feerate /),
    });
    expect(await opened.chain.accept(claim({ feeSats: 100n }))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('not enough additional fees to relay; 0.00000070 < 0.0000013'),
    });
    const bumped = await opened.chain.accept(claim({ feeSats: 200n }));
    expect(bumped.ok).toBe(true);
    expect(first.ok && opened.chain.transaction(first.txid)).toBeNull();
    expect(opened.chain.mempool().map(({ feeSats }) => feeSats)).toEqual([200n]);
  });

  test('a dropped transaction takes what was built on it along, and its coins are free again', async () => {
    const { chain } = opened;
    const hex = claim();
    const parent = parseTransaction(hex);
    const output = parent.outputs[0] as TxOutput; // the claim's payment
    const inside = openOutput(zkp, output, blindingKey);
    if (!inside) throw new Error('the claim does not open');
    const coin = { txid: transactionId(parent), vout: 0, output, opened: inside };
    const away = { script: opened.shopperWallet.script, blindingPublicKey: null, assetId: REGTEST.lbtcAsset, valueSats: 1_000n };
    const change = { ...home, assetId: REGTEST.lbtcAsset, valueSats: inside.valueSats - 1_100n };
    const plan = {
      coins: [coin],
      outputs: [away, change],
      feeSats: 100n,
      lbtcAsset: REGTEST.lbtcAsset,
      sequence: SEQUENCE_FINAL,
      locktime: 0,
    };
    const child = signKeyHashInputs(buildTransaction({ zkp, random: systemRandom }, plan).tx, [output], claimKey);
    const before = opened.shopperWallet.balanceSats();
    expect(await chain.accept(transactionHex(child))).toEqual({ ok: false, reason: 'bad-txns-inputs-missingorspent' });
    expect((await chain.accept(hex)).ok && (await chain.accept(transactionHex(child))).ok).toBe(true);
    expect(opened.shopperWallet.balanceSats()).toBe(before + 1_000n);
    await chain.drop(coin.txid);
    expect(chain.mempool()).toEqual([]);
    expect(chain.transactionsOfScript(home.script)).toEqual([]);
    expect(opened.shopperWallet.balanceSats()).toBe(before);
    expect((await chain.accept(hex)).ok).toBe(true);
  });

  test('a reorganisation puts transactions back into the mempool, on a longer chain with other hashes', async () => {
    const { chain } = opened;
    await chain.mine(1);
    const accepted = await chain.accept(swap.cooperativeClaim.hex);
    await chain.mine(2);
    const [height, hash] = [chain.height(), chain.block(22)?.hash];
    expect(chain.transaction(swap.cooperativeClaim.txid)?.height).toBe(22);
    expect(await chain.reorg(2)).toBe(height + 1);
    expect(chain.block(22)?.hash).not.toBe(hash);
    expect(hash && chain.blockHeight(hash)).toBeNull();
    expect(accepted.ok && chain.transaction(accepted.txid)?.height).toBeNull();
    await chain.mine(1);
    expect(chain.transaction(swap.cooperativeClaim.txid)?.height).toBe(height + 2);
    const empty = await chain.mine(1);
    const emptyHash = chain.tipHash();
    await chain.reorg(1);
    expect(chain.block(empty)?.hash).not.toBe(emptyHash);
    expect(await chain.reorg(1_000)).toBe(height + 5);
    expect(chain.transaction(swap.lockup.txid)?.height).toBe(1);
  });
});

describe('blocks', () => {
  test('the clock owes one block for each whole minute since the last', async () => {
    const { chain } = opened;
    const heights: number[] = [];
    chain.onBlock((height) => heights.push(height));
    now = new Date(START.getTime() + 59_999);
    expect(await chain.mineDue()).toBe(20);
    now = new Date(START.getTime() + 150_000);
    expect(await chain.mineDue()).toBe(22);
    expect(chain.block(22)?.time).toEqual(new Date(START.getTime() + 120_000));
    now = new Date(START.getTime() + 30 * 86_400_000);
    expect(await chain.mineDue()).toBe(20 + 30 * 1_440);
    expect(heights).toEqual([22, 20 + 30 * 1_440]);
  });

  test('a chain left to itself mines when its clock has moved on', async () => {
    await opened.chain.close();
    opened = await openChain({ folder, now: () => now });
    const mined = new Promise<number>((done) => opened.chain.onBlock(done));
    now = new Date(START.getTime() + 3 * 60_000);
    expect(await mined).toBe(23);
  });

  test('a transaction is mined into the first block of a jump and listeners hear of it once', async () => {
    const { chain } = opened;
    const heard: string[] = [];
    chain.onTransaction((txid) => heard.push(txid));
    await chain.accept(swap.cooperativeClaim.hex);
    await chain.accept(swap.cooperativeClaim.hex);
    await chain.mine(100);
    expect(heard).toEqual([swap.cooperativeClaim.txid]);
    expect(chain.block(21)?.txids).toEqual([swap.cooperativeClaim.txid]);
    expect(chain.height()).toBe(120);
    await expect(chain.mine(-1)).rejects.toThrow(RangeError);
    await expect(chain.mine(0.5)).rejects.toThrow(RangeError);
  });
});

describe('the sandbox wallets', () => {
  test('what one wallet loses, the other gets, less the fees', async () => {
    const { chain, providerWallet, shopperWallet } = opened;
    const [provider, shopper] = [providerWallet.balanceSats(), shopperWallet.balanceSats()];
    const paid = await providerWallet.pay({
      script: shopperWallet.script,
      blindingPublicKey: shopperWallet.blindingPublicKey,
      amountSats: 250_000n,
    });
    const explicit = await providerWallet.pay({ script: shopperWallet.script, blindingPublicKey: null, amountSats: 777n });
    const fees = chain.mempool().reduce((sum, { feeSats }) => sum + feeSats, 0n);
    expect(shopperWallet.balanceSats()).toBe(shopper + 250_777n);
    expect(providerWallet.balanceSats()).toBe(provider - 250_777n - fees);
    expect(parseTransaction(explicit.hex).outputs[explicit.vout]).toEqual(
      explicitOutput({ ...shopperWallet, assetId: REGTEST.lbtcAsset, valueSats: 777n }),
    );
    expect(parseTransaction(paid.hex).outputs[paid.vout]?.script).toEqual(shopperWallet.script);
    for (const entry of chain.mempool()) expect(entry.feeSats).toBe((BigInt(entry.discountVsize) + 10n) / 10n);
  });

  test('the worthless asset moves too, and counts as no L-BTC', async () => {
    const { providerWallet, shopperWallet, otherAsset } = opened;
    const [lbtc, other] = [providerWallet.balanceSats('LBTC'), providerWallet.balanceSats('OTHER')];
    const sent = await shopperWallet.pay({ ...providerWallet, amountSats: 5_000n, asset: 'OTHER' });
    const inside = openOutput(zkp, parseTransaction(sent.hex).outputs[sent.vout] as TxOutput, new Uint8Array(32).fill(1)); // one output for each vout
    expect(inside).toBeNull();
    expect(providerWallet.balanceSats('OTHER')).toBe(other + 5_000n);
    expect(providerWallet.balanceSats('LBTC')).toBe(lbtc);
    expect(otherAsset).not.toBe(REGTEST.lbtcAsset);
  });

  test('payments signal replacement only when asked to, and a replaceable one can be taken back', async () => {
    const { chain, shopperWallet } = opened;
    const final = await shopperWallet.pay({ ...home, amountSats: 1_000n });
    await expect(shopperWallet.takeBack(final.hex)).rejects.toThrow('txn-mempool-conflict');
    const soft = await shopperWallet.pay({ ...home, amountSats: 2_000n, rbf: true });
    const back = await shopperWallet.takeBack(soft.hex);
    expect(chain.transaction(soft.txid)).toBeNull();
    expect(chain.transaction(back.txid)).not.toBeNull();
    expect(chain.transaction(final.txid)).not.toBeNull();
  });

  test('a prepared payment is on no chain until it is sent, and can be double-spent before', async () => {
    const { chain, providerWallet } = opened;
    const prepared = await providerWallet.prepare({ ...home, amountSats: 3_000n });
    expect(chain.transaction(prepared.txid)).toBeNull();
    await providerWallet.pay({ ...home, amountSats: 4_000n });
    await providerWallet.takeBack(prepared.hex);
    await chain.mine(1);
    expect(await chain.accept(prepared.hex)).toEqual({ ok: false, reason: 'bad-txns-inputs-missingorspent' });
  });

  test('ten payments at once are ten payments, none built on another', async () => {
    const { chain, providerWallet } = opened;
    const sent = await Promise.all(Array.from({ length: 10 }, () => providerWallet.pay({ ...home, amountSats: 10_000n })));
    expect(new Set(sent.map(({ txid }) => txid)).size).toBe(10);
    const parents = sent.flatMap(({ hex }) => parseTransaction(hex).inputs.map(({ txid }) => chain.transaction(txid)?.height));
    expect(parents.every((height) => height === 1)).toBe(true);
    expect(chain.transactionsOfScript(home.script)).toHaveLength(10);
    expect(toHex(home.script)).toMatch(/^0014/);
  });
});
