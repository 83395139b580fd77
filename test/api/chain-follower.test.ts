import type { ChainSink, Guard } from '../../src/liquid/chain-sink.ts';
import type { ChainSource } from '../../src/liquid/chain-source.ts';
import type { TestDatabase } from '../support/database.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openChain } from '../../sandbox/chain/open-chain.ts';
import { serveEsplora } from '../../sandbox/chain/serve-esplora.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { httpCall } from '../../src/lib/http-client.ts';
import { makeLog } from '../../src/lib/log.ts';
import { insertInto } from '../../src/lib/row-statements.ts';
import { ChainFollower, FOLLOWER_LEASE_MS } from '../../src/liquid/chain-follower.ts';
import { esploraClient } from '../../src/liquid/esplora-client.ts';
import { freshDatabase } from '../support/database.ts';
import { makeSandboxFolder } from '../support/sandbox-world.ts';

let db: TestDatabase;
let folder: Awaited<ReturnType<typeof makeSandboxFolder>>;
let opened: Awaited<ReturnType<typeof openChain>>;
let esplora: Awaited<ReturnType<typeof serveEsplora>>;
let source: ChainSource;
let clockMs: number;
const now = () => new Date(clockMs);
/** What the sink was told, in words. Transactions to the shopper's own script are "ours". */
let told: string[];
let guards: Map<string, Guard>;
let open: { txid: string; height: number | null }[];

beforeAll(async () => {
  clockMs = Date.parse('2026-11-22T10:00:00Z');
  folder = await makeSandboxFolder();
  opened = await openChain({ folder: folder.folder, now, mineByClock: false });
  esplora = await serveEsplora(opened.chain, { host: '127.0.0.1', port: 0 });
  source = esploraClient({ http: httpCall }, { name: 'sandbox', url: esplora.url });
});
afterAll(async () => {
  await esplora.close();
  await opened.chain.close();
  await folder.remove();
});
beforeEach(async () => {
  [told, open, guards] = [[], [], new Map()];
  db = await freshDatabase();
});
afterEach(async () => {
  await opened.chain.mine(1); // nothing waits from one test to the next
  await db.close();
});

const sinkOf = (name = ''): ChainSink => {
  const say = (text: string) => void told.push(name + text);
  return {
    async see({ txid, outputs }, guard) {
      guards.set(name, guard);
      await db.database.transact(guard.inTx);
      const isOurs = outputs.some(({ script }) => toHex(script) === toHex(opened.shopperWallet.script));
      if (isOurs) say(`see ${txid}`);
      return isOurs;
    },
    mined: async (txids, { height }) => {
      for (const txid of txids) say(`mined ${txid} ${height}`);
    },
    unmined: async (height) => say(`unmined above ${height}`),
    lost: async (txid, how) => say(`${how} ${txid}`),
    buried: async (txids) => {
      for (const txid of txids) say(`buried ${txid}`);
    },
    openTransactions: async () => open,
    scriptsToCatchUp: async () => [opened.shopperWallet.script],
  };
};
const follower = (change: { sink?: ChainSink; holder?: string; sources?: readonly ChainSource[] } = {}) =>
  new ChainFollower({
    ...{ database: db.database, sources: [source], sink: sinkOf(), now, log: makeLog('silent'), holder: 'one', paceMs: 0 },
    ...change,
  });
/** Begins to follow, and forgets what was told of the past. */
const begun = async (one = follower()) => {
  await one.round();
  told.length = 0;
  return one;
};
const send = async (rbf = false) =>
  opened.shopperWallet.pay({ script: opened.providerWallet.script, blindingPublicKey: null, amountSats: 5_000n, rbf });
const ofTx = (txid: string) => told.filter((line) => line.includes(txid)).map((line) => line.replace(` ${txid}`, ''));

describe('the follower of the chain', () => {
  test('C-10: sees a transaction once, tells its block, and that two blocks lie on it', async () => {
    const one = await begun();
    const { txid } = await send();
    await one.round();
    await one.round();
    expect(ofTx(txid)).toEqual(['see']);
    const height = await opened.chain.mine(1);
    await one.round();
    expect(ofTx(txid)).toEqual(['see', `mined ${height}`]);
    await opened.chain.mine(1);
    await one.round();
    await one.round();
    expect(ofTx(txid)).toEqual(['see', `mined ${height}`, 'buried']);
    expect(await one.round()).toBe(0);
  });

  test('resumes from the stored height: a transaction that came and was mined meanwhile is seen by the next process', async () => {
    await (await begun()).close();
    const { txid } = await send();
    const height = await opened.chain.mine(1);
    await opened.chain.mine(3);
    await follower({ holder: 'two' }).round();
    expect(ofTx(txid)).toEqual(['see', `mined ${height}`, 'buried']);
  });

  test('looks addresses up by script after a gap of more blocks than it reads', async () => {
    await (await begun()).close();
    const { txid } = await send();
    const height = await opened.chain.mine(1);
    await opened.chain.mine(500);
    await follower({ holder: 'two' }).round();
    expect(ofTx(txid)).toEqual(['see', `mined ${height}`, 'buried']);
    expect(await db.database.client.chainBlock.count()).toBeLessThan(10);
  });

  test('tells that blocks were replaced, and follows the new ones', async () => {
    const one = await begun();
    const { txid } = await send();
    const height = await opened.chain.mine(2);
    await one.round();
    open = [{ txid, height: null }];
    told.length = 0;
    const after = await opened.chain.reorg(2);
    await one.round();
    expect(told[0]).toBe(`unmined above ${height - 2}`);
    await opened.chain.mine(1);
    await one.round();
    expect(ofTx(txid)).toEqual([`mined ${after + 1}`]);
  });

  test('does not take a source that lags behind for a replacement of blocks', async () => {
    const one = await begun();
    await opened.chain.mine(3);
    await one.round();
    told.length = 0;
    const lagging: ChainSource = { ...source, tipHeight: async () => opened.chain.height() - 2 };
    await begun(follower({ holder: 'one', sources: [lagging] }));
    expect(told).toEqual([]);
  });

  test('tells a dropped transaction after a few looks, and not while a source still knows it or cannot say', async () => {
    const knowing: ChainSource = {
      ...source,
      mempoolTxids: async () => [],
      transactionStatus: async () => ({ confirmed: false, height: null }),
    };
    const silent: ChainSource = { ...source, mempoolTxids: async () => [], transactionStatus: () => Promise.reject(new Error('down')) };
    let others: ChainSource[] = [knowing];
    const one = follower();
    const both = follower({ sources: [source, { ...source, transactionStatus: (txid) => (others[0] ?? source).transactionStatus(txid) }] });
    await begun(one);
    await begun(both);
    const { txid } = await send();
    await both.round();
    await opened.chain.drop(txid);
    for (let round = 0; round < 5; round++) await both.round();
    others = [silent];
    for (let round = 0; round < 5; round++) await both.round();
    expect(ofTx(txid)).toEqual(['see']);
    others = [];
    await both.round();
    expect(ofTx(txid)).toEqual(['see', 'dropped']);
  });

  test('calls a transaction replaced when another one spends its coin, and sees one that comes back again', async () => {
    const one = await begun();
    const { txid, hex } = await send(true);
    await one.round();
    const other = await opened.shopperWallet.takeBack(hex);
    for (let round = 0; round < 4; round++) await one.round();
    expect(ofTx(txid)).toEqual(['see', 'replaced']);
    expect(ofTx(other.txid)).toEqual(['see']);
    const second = await send();
    await one.round();
    await opened.chain.drop(second.txid);
    for (let round = 0; round < 4; round++) await one.round();
    await opened.chain.accept(second.hex);
    await one.round();
    expect(ofTx(second.txid)).toEqual(['see', 'dropped', 'see']);
  });

  test('follows at once where a dead one did, when it is told that it is alone', async () => {
    await follower({ holder: 'dead' }).round();
    const heir = follower({ holder: 'heir' });
    await heir.takeOver();
    const { txid } = await send();
    await heir.round();
    expect(ofTx(txid)).toEqual(['see']);
  });

  test('is one process at a time; a second takes over within ten seconds of the first one’s death, and the first then writes nothing', async () => {
    const first = follower({ holder: 'one', sink: sinkOf('one: ') });
    const second = follower({ holder: 'two', sink: sinkOf('two: ') });
    await first.round();
    told.length = 0;
    const { txid } = await send();
    expect(await second.round()).toBe(0);
    expect(told).toEqual([]);
    clockMs += FOLLOWER_LEASE_MS + 1_000;
    expect(FOLLOWER_LEASE_MS + 1_000).toBeLessThan(10_000);
    await second.round();
    expect(told).toContain(`two: see ${txid}`);
    told.length = 0;
    await send();
    expect(await first.round()).toBe(0);
    expect(told).toEqual([]);
  });

  test('stops in the middle of a round when another process has taken over', async () => {
    const second = follower({ holder: 'two', sink: sinkOf('two: ') });
    const overtaken: ChainSource = {
      ...source,
      async mempoolTxids() {
        clockMs += FOLLOWER_LEASE_MS + 1;
        await second.round();
        return source.mempoolTxids();
      },
    };
    const first = follower({ holder: 'one', sink: sinkOf('one: '), sources: [overtaken] });
    await send();
    expect(await first.round()).toBe(0);
    expect(told.filter((line) => line.startsWith('one: '))).toEqual([]);
    expect(told.filter((line) => line.startsWith('two: see')).length).toBeGreaterThan(0);
  });

  test('whoever was overtaken can neither begin a transaction nor commit anything; who follows can do both', async () => {
    await send();
    await follower({ holder: 'one', sink: sinkOf('one: ') }).round();
    clockMs += FOLLOWER_LEASE_MS + 1;
    await follower({ holder: 'two', sink: sinkOf('two: ') }).round();
    const [first, second] = [guards.get('one: '), guards.get('two: ')];
    if (!first || !second) throw new Error('both have seen something');
    const note = insertInto<{ height: number; hash: string }>('ChainBlock');
    const commit = (guard: Guard, height: number) =>
      db.database.commit('test', [...guard.writes(), note({ height, hash: 'ab'.repeat(32) })]);
    await expect(db.database.transact(first.inTx)).rejects.toThrow('another process follows');
    await expect(commit(first, 900_001)).rejects.toMatchObject({ code: '22012' });
    await db.database.transact(second.inTx);
    await commit(second, 900_002);
    const rows = await db.database.client.chainBlock.findMany({ where: { height: { gt: 900_000 } } });
    expect(rows.map(({ height }) => height)).toEqual([900_002]);
  });

  test('stays quiet and alive while no source answers', async () => {
    const down: ChainSource = { ...source, mempoolTxids: () => source.mempoolTxids(), tipHeight: () => source.tipHeight() };
    const one = await begun(follower({ sources: [down] }));
    await esplora.close();
    expect(await one.round()).toBe(0);
    esplora = await serveEsplora(opened.chain, { host: '127.0.0.1', port: Number(new URL(esplora.url).port) });
    const { txid } = await send();
    await one.round();
    expect(ofTx(txid)).toEqual(['see']);
  });
});
