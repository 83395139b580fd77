import type { OpenedInvoice } from '../../src/swaps/lightning.ts';
import type { SwapBackend } from '../../src/swaps/make-lightning-backend.ts';
import type { SwapWorld } from '../support/swap-world.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Transaction } from 'liquidjs-lib/src/transaction.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { fromHex } from '../../src/lib/bytes.ts';
import { httpCall } from '../../src/lib/http-client.ts';
import { esploraClient } from '../../src/liquid/esplora-client.ts';
import { fetchContents } from '../../src/liquid/read-sources.ts';
import { rememberContents } from '../../src/liquid/remember-contents.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { spendOf } from '../support/swap-lockup.ts';
import { Death, keepShown, openSwapWorld } from '../support/swap-world.ts';

let world: SwapWorld;
beforeAll(async () => {
  world = await openSwapWorld();
  await world.backend().prepare();
});
afterAll(() => world.close());

type Opened = OpenedInvoice & {
  backend: SwapBackend;
  subjectId: string;
  script: Uint8Array;
  blindingPublicKey: Uint8Array;
  onchainSats: bigint;
};

async function opened(backend = world.backend()): Promise<Opened> {
  const request = world.request();
  const result = await backend.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  if (!result.ok) throw new Error(result.error.code);
  const row = await world.row(result.value.swapId);
  const answer = JSON.parse(
    Buffer.from(world.sealer.open({ table: 'Swap', row: row.id, column: 'responseSealed' }, row.responseSealed ?? fromHex(''))).toString(),
  );
  const blindingPublicKey = secp256k1.getPublicKey(fromHex(answer.blindingKey), true);
  return {
    ...result.value,
    backend,
    subjectId: request.subjectId,
    script: row.lockupScript ?? fromHex(''),
    blindingPublicKey,
    onchainSats: row.onchainSats ?? 0n,
  };
}

const lock = ({ script, blindingPublicKey, onchainSats }: Opened, change: { amountSats?: bigint; asset?: 'OTHER'; rbf?: boolean } = {}) =>
  world.providerWallet.pay({ script, blindingPublicKey, amountSats: onchainSats, ...change });

async function lockupOf({ script }: Opened): Promise<string> {
  const [listed] = await world.source.scriptTransactions(script);
  if (!listed) throw new Error('nothing is locked');
  return listed.txid;
}

async function expectNothingRevealed({ swapId }: Opened): Promise<void> {
  expect(await world.row(swapId)).toMatchObject({ revealedAt: null, claimTxSealed: null });
}

test.each([
  ['a worthless asset', { asset: 'OTHER' }, 'lockup_wrong_asset'],
  ['too little', { amountSats: 1_000n }, 'lockup_too_little'],
] as const)('a lockup of %s is never claimed and ends with the invoice', async (_name, change, reason) => {
  const swap = await opened();
  await lock(swap, change);
  await swap.backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('verified');
  world.advance(616_000);
  expect(await swap.backend.close(swap.subjectId)).toBe('closed');
  expect(await world.row(swap.swapId)).toMatchObject({ status: 'expired', failure: reason });
  await expectNothingRevealed(swap);
  expect(await world.said(swap.subjectId)).toEqual(['shown', 'expired']);
});

test('a bad lockup beside a good one does not stop the good one', async () => {
  const swap = await opened();
  await lock(swap, { asset: 'OTHER' });
  const good = await lock(swap);
  await swap.backend.reconcile(swap.swapId);
  expect(await world.row(swap.swapId)).toMatchObject({ status: 'claim_accepted', lockupTxid: good.txid });
});

test('a lockup that may be replaced waits for its block', async () => {
  const swap = await opened();
  await lock(swap, { rbf: true });
  await swap.backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('lockup_seen');
  await expectNothingRevealed(swap);
  await world.chain.mine(1);
  await swap.backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('claim_accepted');
});

test('a lockup that is double spent while it waits is lost, and the preimage never left', async () => {
  const swap = await opened();
  const { hex } = await lock(swap, { rbf: true });
  await swap.backend.reconcile(swap.swapId);
  await world.providerWallet.takeBack(hex);
  expect(await swap.backend.close(swap.subjectId)).toBe('in_flight');
  world.advance(616_000 + 900_000);
  expect(await swap.backend.close(swap.subjectId)).toBe('closed');
  expect(await world.said(swap.subjectId)).toEqual(['shown', 'detected', 'lost']);
  await expectNothingRevealed(swap);
});

test('an announced lockup that can never be mined does not keep the payment open', async () => {
  const swap = await opened();
  const stray = await world.shopperWallet.pay({
    script: world.shopperWallet.script,
    blindingPublicKey: null,
    amountSats: 5_000n,
    rbf: true,
  });
  await world.shopperWallet.takeBack(stray.hex);
  const announcing = world.backend(new Death(), {
    http: async (call) => {
      const asked = call.method === 'GET' && /\/swap\/[0-9A-Za-z]{12}$/.test(call.url);
      const transaction = { id: stray.txid, hex: stray.hex };
      return asked ? { status: 200, text: JSON.stringify({ status: 'transaction.mempool', transaction }) } : httpCall(call);
    },
  });
  world.advance(616_000);
  expect(await announcing.close(swap.subjectId)).toBe('unknown');
  world.advance(30_000);
  expect(await announcing.close(swap.subjectId)).toBe('closed');
  await expectNothingRevealed(swap);
});

test('a lockup near its timeout keeps the preimage home and is refunded', async () => {
  const swap = await opened();
  const { timeoutHeight } = await world.row(swap.swapId);
  await world.chain.mine((timeoutHeight ?? 0) - world.chain.height() - 61);
  await lock(swap, { rbf: true });
  await swap.backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('lockup_seen');
  await world.chain.mine(1);
  await swap.backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('lockup_seen');
  await world.chain.mine(60);
  await swap.backend.reconcile(swap.swapId);
  expect(await world.said(swap.subjectId)).toEqual(['shown', 'detected', 'lost']);
  await expectNothingRevealed(swap);
});

test('a claim that drops out of the mempool is sent again, and a reorganised one is followed', async () => {
  const swap = await opened();
  await world.pay(swap);
  await swap.backend.reconcile(swap.swapId);
  const { claimTxid } = await world.row(swap.swapId);
  await world.chain.drop(claimTxid ?? '');
  expect(world.chain.transaction(claimTxid ?? '')).toBeNull();
  await swap.backend.reconcile(swap.swapId);
  expect(world.chain.transaction(claimTxid ?? '')).not.toBeNull();
  await world.chain.mine(1);
  await world.chain.reorg(1);
  await swap.backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('claim_accepted');
  await world.chain.mine(2);
  await swap.backend.reconcile(swap.swapId);
  expect(await world.said(swap.subjectId)).toEqual(['shown', 'detected', 'paid', 'settled']);
});

/** A source that shows the range proof of this transaction's outputs broken the first `times` it is read, and how often it was read. */
function brokenProofs(lockupTxid: string, times: number) {
  const read = { times: 0 };
  const http: typeof httpCall = async (call) => {
    const reply = await httpCall(call);
    if (!call.url.endsWith(`/tx/${lockupTxid}/hex`) || ++read.times > times) return reply;
    const transaction = Transaction.fromHex(reply.text.trim());
    for (const output of transaction.outs) output.rangeProof?.subarray(40, 72).fill(0);
    return { ...reply, text: transaction.toHex() };
  };
  return { read, chains: rememberContents([esploraClient({ http }, { name: 'lying', url: world.esploraUrl })]) };
}

test('a lockup whose proof was shown broken to another reader is read afresh and claimed in the same look', async () => {
  const swap = await opened();
  await world.pay(swap);
  const lockupTxid = await lockupOf(swap);
  const { read, chains } = brokenProofs(lockupTxid, 1);
  await fetchContents(chains, lockupTxid);
  await world.backend(new Death(), { chains }).reconcile(swap.swapId);
  expect(await world.row(swap.swapId)).toMatchObject({ status: 'claim_accepted', lockupTxid });
  expect(read.times).toBe(2);
});

test('a lockup whose proof is shown broken throughout one look is not claimed in it, and is in the next, which sees it whole', async () => {
  const swap = await opened();
  await world.pay(swap);
  const { chains } = brokenProofs(await lockupOf(swap), 2);
  const backend = world.backend(new Death(), { chains });
  await backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('verified');
  await expectNothingRevealed(swap);
  await backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('claim_accepted');
});

test('a lockup taken back after the preimage left is an alarm, not a payment', async () => {
  const deaf = { ...world.source, broadcast: async () => ({ accepted: false, reason: 'no' }) as const };
  const rules = {
    chains: [deaf],
    http: (call: Parameters<typeof httpCall>[0]) =>
      call.url.endsWith('/chain/L-BTC/transaction') ? Promise.resolve({ status: 400, text: '{"error":"no"}' }) : httpCall(call),
  };
  const backend = world.backend(new Death(), rules);
  const swap = await opened(backend);
  await world.pay(swap);
  await backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('revealed');
  const row = await world.row(swap.swapId);
  await world.chain.mine(2);
  const height = world.chain.height() - 1;
  const hex = spendOf(row.lockupTxid ?? '', row.lockupVout ?? 0);
  const lying = {
    ...deaf,
    scriptTransactions: async (script: Uint8Array) => [...(await world.source.scriptTransactions(script)), { txid: hex.txid, height }],
    transactionContents: async (txid: string) => (txid === hex.txid ? parseTransaction(hex.hex) : world.source.transactionContents(txid)),
  };
  await world.backend(new Death(), { ...rules, chains: [lying] }).reconcile(swap.swapId);
  expect(await world.row(swap.swapId)).toMatchObject({ status: 'refunded', failure: 'lockup_taken_back' });
  expect(await world.said(swap.subjectId)).toEqual(['shown', 'detected', 'payout_lost']);
  expect(world.logged.filter(({ level }) => level === 'error').map(({ sentence }) => sentence)).toEqual([
    'a lockup was taken back after the preimage had left',
  ]);
});

test('a look that cannot see the chain is unknown, and closes nothing', async () => {
  const blind = { ...world.source, scriptTransactions: async () => Promise.reject(new Error('down')) };
  const swap = await opened();
  const backend = world.backend(new Death(), { chains: [blind] });
  world.advance(86_400_000);
  expect(await backend.look(swap.subjectId)).toBe('unknown');
  expect(await backend.close(swap.subjectId)).toBe('unknown');
  expect((await world.row(swap.swapId)).status).toBe('verified');
});

test('a long outage at the provider does not use up key indexes', async () => {
  const backend = world.backend(new Death(), {
    http: (call) =>
      call.method === 'POST' && call.url.endsWith('/swap/reverse')
        ? Promise.resolve({ status: 400, text: '{"error":"suspended"}' })
        : httpCall(call),
  });
  const { nextIndex: before } = await world.database.client.keyIndex.findUniqueOrThrow({ where: { era: 1 } });
  for (let i = 0; i < 60; i++) {
    const request = world.request();
    expect(await backend.open(request, async () => undefined)).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } });
  }
  const { nextIndex } = await world.database.client.keyIndex.findUniqueOrThrow({ where: { era: 1 } });
  expect(nextIndex - before).toBeLessThanOrEqual(50);
  const swap = await opened();
  await world.pay(swap);
  await swap.backend.reconcile(swap.swapId);
  expect((await world.row(swap.swapId)).status).toBe('claim_accepted');
});

test('an id that the provider has given to another swap of ours opens nothing, and leaves nothing behind but the refusal', async () => {
  const first = await opened();
  const { providerSwapId } = await world.row(first.swapId);
  const backend = world.backend(new Death(), {
    http: async (call) => {
      const answer = await httpCall(call);
      if (call.method !== 'POST' || !call.url.endsWith('/swap/reverse')) return answer;
      return { ...answer, text: JSON.stringify({ ...JSON.parse(answer.text), id: providerSwapId }) };
    },
  });
  const request = world.request();
  const kept: string[] = [];
  const result = await backend.open(request, async (tx, invoice) => {
    await keepShown(tx, invoice, request.subjectId);
    kept.push(invoice.swapId);
  });
  expect(result).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } });
  expect(kept).toEqual([]); // it was refused before the caller's rows were written
  const [swap, ...more] = await world.database.client.swap.findMany({ where: { subjectId: request.subjectId } });
  expect(more).toEqual([]);
  const nothing = { invoice: null, providerSwapId: null, lockupScript: null, leaseUntil: null, nextLookAt: null };
  expect(swap).toMatchObject({ status: 'rejected', failure: 'verification: swap_id_of_another', ...nothing });
  expect((await world.row(first.swapId)).status).toBe('verified');
});
