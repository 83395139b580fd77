import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openChain } from '../../sandbox/chain/open-chain.ts';
import { openJournal } from '../../sandbox/journal.ts';

const AT = new Date('2026-11-22T12:00:00Z');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avopay-journal-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const open = () => openChain({ folder, now: () => AT, mineByClock: false });

test('a journal gives back what was appended, in order, from a folder that it made', async () => {
  const path = join(folder, 'deep', 'notes.jsonl');
  const first = await openJournal<{ n: number }>(path);
  expect(first.entries).toEqual([]);
  await Promise.all([1, 2, 3].map((n) => first.append({ n })));
  await first.append({ n: 4 });
  await first.close();
  await expect(first.append({ n: 5 })).rejects.toThrow('closed');
  const second = await openJournal<{ n: number }>(path);
  expect(second.entries).toEqual([1, 2, 3, 4].map((n) => ({ n })));
  await second.close();
});

test('an entry is in the file when its append resolves', async () => {
  const path = join(folder, 'notes.jsonl');
  const journal = await openJournal<string>(path);
  await journal.append('line\nbreak');
  expect(await readFile(path, 'utf8')).toBe('"line\\nbreak"\n');
  await journal.close();
});

test('closing waits for what was appended before', async () => {
  const path = join(folder, 'notes.jsonl');
  const journal = await openJournal<number>(path);
  const appended = journal.append(1);
  await journal.close();
  await appended;
  expect(await readFile(path, 'utf8')).toBe('1\n');
});

test('a torn last line is dropped and the journal goes on after the whole ones', async () => {
  const path = join(folder, 'notes.jsonl');
  await writeFile(path, '{"n":1}\n{"n":2}\n{"n":');
  const journal = await openJournal<{ n: number }>(path);
  expect(journal.entries).toEqual([{ n: 1 }, { n: 2 }]);
  await journal.append({ n: 3 });
  await journal.close();
  expect(await readFile(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
});

test('a journal that is damaged in the middle is refused', async () => {
  const path = join(folder, 'notes.jsonl');
  await writeFile(path, '{"n":1}\n{"n"\n{"n":3}\n');
  await expect(openJournal(path)).rejects.toThrow('line 2 is damaged');
});

test('a chain that is opened again stands where it stood: tip, mempool, coins and balances', async () => {
  const first = await open();
  const { providerWallet, shopperWallet } = first;
  await providerWallet.pay({ ...shopperWallet, amountSats: 40_000n });
  await first.chain.mine(2);
  await first.chain.reorg(1);
  const dropped = await shopperWallet.pay({ ...providerWallet, amountSats: 1_000n });
  await first.chain.drop(dropped.txid);
  const soft = await shopperWallet.pay({ ...providerWallet, amountSats: 2_000n, rbf: true });
  await shopperWallet.takeBack(soft.hex);
  await shopperWallet.pay({ ...providerWallet, amountSats: 7n, asset: 'OTHER' });
  const stateOf = ({ chain, providerWallet: provider, shopperWallet: shopper, otherAsset }: Awaited<ReturnType<typeof open>>) => ({
    tip: [chain.height(), chain.tipHash()],
    mempool: chain.mempool().map(({ txid, feeSats }) => [txid, feeSats]),
    balances: [provider, shopper].flatMap((wallet) => [wallet.balanceSats(), wallet.balanceSats('OTHER')]),
    history: [provider, shopper].map((wallet) => chain.transactionsOfScript(wallet.script)),
    blocks: [1, 2, 1_000, 1_001, 1_002].map((height) => chain.block(height)),
    otherAsset,
  });
  const before = stateOf(first);
  await first.chain.close();
  await appendFile(join(folder, 'chain.jsonl'), '{"kind":"blocks","cou');
  const second = await open();
  expect(before.tip[0]).toBe(1_003);
  expect(stateOf(second)).toEqual(before);
  await second.chain.close();
});

const ENDLESS_PAYER = `
  const { openChain } = await import(process.argv[1]);
  const { chain, providerWallet, shopperWallet } = await openChain({ folder: process.argv[2], now: () => new Date(${AT.getTime()}), mineByClock: false });
  for (let n = 1; ; n++) {
    const { txid } = await providerWallet.pay({ ...shopperWallet, amountSats: 1000n });
    if (n % 2 === 0) await chain.mine(1);
    process.stdout.write(JSON.stringify({ txid, height: chain.height(), tip: chain.tipHash() }) + '\\n');
  }`;

test('nothing that a killed chain had acknowledged is lost', async () => {
  const module = new URL('../../sandbox/chain/open-chain.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', ENDLESS_PAYER, module, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: { txid: string; height: number; tip: string }[] = [];
  const ended = new Promise((done) => child.once('exit', done));
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(JSON.parse(line));
    if (said.length === 5) child.kill('SIGKILL');
  }
  await ended;
  const { chain, shopperWallet } = await open();
  expect(said.length).toBeGreaterThanOrEqual(5);
  for (const { txid, height, tip } of said) {
    expect(chain.transaction(txid)).not.toBeNull();
    expect(chain.block(height)?.hash).toBe(tip);
  }
  expect(shopperWallet.balanceSats() % 100_000_000n).toBeGreaterThanOrEqual(BigInt(said.length) * 1_000n);
  await chain.close();
});
