import type { Signer } from '../../src/swaps/signer.ts';
import type { SwapWorld } from '../support/swap-world.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { Secret } from '../../src/lib/secret.ts';
import { esploraClient } from '../../src/liquid/esplora-client.ts';
import { Death, keepShown, openSwapWorld } from '../support/swap-world.ts';

let world: SwapWorld;
beforeAll(async () => {
  world = await openSwapWorld();
  await world.backend().prepare();
});
afterAll(() => world.close());

async function opened(backend = world.backend(), request = world.request()) {
  const result = await backend.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  if (!result.ok) throw new Error(result.error.code);
  return { backend, request, ...result.value };
}

test('a paid invoice becomes L-BTC in the merchant’s wallet, less the fees that were said', async () => {
  const before = (await world.merchant.wallet.scan()).balanceSats;
  const { backend, swapId, request, ...invoice } = await opened();
  expect(await backend.look(request.subjectId)).toBe('open');
  await world.pay({ swapId, ...invoice });
  expect(world.shopper.status(invoice.paymentHash)?.status).toBe('held');
  const done = await backend.reconcile(swapId);
  expect(done).toMatchObject({ kind: 'done', swap: { status: 'claim_accepted' } });
  expect(world.shopper.status(invoice.paymentHash)?.status).toBe('settled');
  expect((await world.merchant.wallet.scan()).balanceSats - before).toBe(request.amountSats - invoice.feesSats);
  await world.chain.mine(2);
  expect(await backend.reconcile(swapId)).toMatchObject({ swap: { status: 'claim_buried' } });
  expect(await world.said(request.subjectId)).toEqual(['shown', 'detected', 'paid', 'settled']);
  const row = await world.row(swapId);
  expect(row.nextLookAt).toBeNull();
  expect(world.chain.transaction(row.claimTxid ?? '')?.height).not.toBeNull();
});

test('the commit that says that the claim was taken gives the swap back, due when its block may have come', async () => {
  const { backend, swapId, request: _request, ...invoice } = await opened();
  await world.pay({ swapId, ...invoice });
  await backend.reconcile(swapId);
  const row = await world.row(swapId);
  expect(row).toMatchObject({ status: 'claim_accepted', leaseUntil: null });
  expect((row.nextLookAt?.getTime() ?? 0) - (row.acceptedAt?.getTime() ?? 0)).toBe(60_000);
});

test('a lockup is claimed without a word of the provider’s; a claim that waits for its blocks is looked at without reading a transaction', async () => {
  const { httpCall } = await import('../../src/lib/http-client.ts');
  const asked: string[] = [];
  const http: typeof httpCall = (call) => {
    asked.push(`${call.method} ${new URL(call.url).pathname.replace(/[0-9a-f]{64}/, 'X')}`);
    return httpCall(call);
  };
  const { swapId, request, ...invoice } = await opened();
  await world.pay({ swapId, ...invoice });
  const backend = world.backend(new Death(), { http, chains: [esploraClient({ http }, { name: 'esplora', url: world.esploraUrl })] });
  await backend.reconcile(swapId);
  expect(asked.filter((line) => /^GET .*\/swap\//.test(line))).toEqual([]);
  expect(asked.filter((line) => line.endsWith('/tx/X/hex'))).not.toEqual([]);
  asked.length = 0;
  await backend.reconcile(swapId);
  expect(asked.map((line) => line.replace(/^.*\/(?=blocks|scripthash)/, '')).sort()).toEqual(['blocks/tip/height', 'scripthash/X/txs']);
  await world.chain.mine(2);
  expect(await backend.reconcile(swapId)).toMatchObject({ swap: { status: 'claim_buried' } });
  expect(await world.said(request.subjectId)).toEqual(['shown', 'detected', 'paid', 'settled']);
});

test('a claim that the provider signs with us shows neither preimage nor leaf on the chain', async () => {
  const { backend, swapId, ...invoice } = await opened();
  await world.pay({ swapId, ...invoice });
  await backend.reconcile(swapId);
  const { claimTxid } = await world.row(swapId);
  const hex = world.chain.transaction(claimTxid ?? '')?.hex ?? '';
  expect(hex.length).toBeGreaterThan(0);
  expect(hex).not.toContain(toHex(Uint8Array.from([0x82, 0x01, 0x20, 0x88])));
});

test('the same subject asked again gets the same invoice and no second commit', async () => {
  const request = world.request();
  const first = await opened(undefined, request);
  const again = await opened(undefined, request);
  expect(again.invoice).toBe(first.invoice);
  expect(await world.said(request.subjectId)).toEqual(['shown']);
  expect(await world.rows(request.subjectId)).toHaveLength(1);
});

test('an unpaid invoice closes after its end and not before', async () => {
  const { backend, request } = await opened();
  expect(await backend.close(request.subjectId)).toBe('unknown');
  world.advance(601_000);
  expect(await backend.close(request.subjectId)).toBe('unknown'); // fifteen seconds of invoice are left
  world.advance(16_000);
  expect(await backend.close(request.subjectId)).toBe('closed');
  expect(await world.said(request.subjectId)).toEqual(['shown', 'expired']);
  expect(await backend.close(request.subjectId)).toBe('closed');
});

test('a lockup first seen after its subject is over is never claimed', async () => {
  const backend = world.backend(new Death(), { mayAccept: async () => false });
  const { swapId, request, ...invoice } = await opened(backend);
  await world.pay({ swapId, ...invoice });
  expect(await backend.close(request.subjectId)).toBe('closed');
  const row = await world.row(swapId);
  expect(row).toMatchObject({ status: 'expired', revealedAt: null, claimTxSealed: null });
  expect(row.lockupTxid).not.toBeNull();
  expect(await world.said(request.subjectId)).toEqual(['shown', 'expired']);
});

test('a lockup above the mempool limit waits for its block', async () => {
  const backend = world.backend(new Death(), { zeroConfMaxSats: 50_000n });
  const { swapId, request, ...invoice } = await opened(backend);
  await world.pay({ swapId, ...invoice });
  expect(await backend.reconcile(swapId)).toMatchObject({ swap: { status: 'lockup_seen' } });
  expect(await backend.close(request.subjectId)).toBe('in_flight');
  await world.chain.mine(1);
  expect(await backend.reconcile(swapId)).toMatchObject({ swap: { status: 'claim_accepted' } });
  expect(await world.said(request.subjectId)).toEqual(['shown', 'detected', 'paid']);
});

test('a provider that will not sign is not waited for: the stored claim goes out', async () => {
  const { httpCall } = await import('../../src/lib/http-client.ts');
  const backend = world.backend(new Death(), {
    http: (call) =>
      call.url.endsWith('/claim')
        ? Promise.resolve({ status: 400, text: '{"error":"cooperative signatures are disabled"}' })
        : httpCall(call),
  });
  const { swapId, ...invoice } = await opened(backend);
  await world.pay({ swapId, ...invoice });
  expect(await backend.reconcile(swapId)).toMatchObject({ swap: { status: 'claim_accepted' } });
  const { claimTxid } = await world.row(swapId);
  expect(world.chain.transaction(claimTxid ?? '')?.hex).toContain('82012088a914');
  await expect.poll(() => world.shopper.status(invoice.paymentHash)?.status).toBe('settled');
});

test('a signature over another claim than the stored one is not stored, and no preimage leaves', async () => {
  const signer = (honest: Signer): Signer => ({
    ...honest,
    signStoredClaim: async (id) => {
      const signed = await honest.signStoredClaim(id);
      return signed.ok ? { ...signed, value: new Secret({ ...signed.value.reveal(), claimHash: sha256('another claim') }) } : signed;
    },
  });
  const { swapId, ...invoice } = await opened(world.backend(new Death(), { signer }));
  await world.pay({ swapId, ...invoice });
  await expect(world.backend(new Death(), { signer }).reconcile(swapId)).rejects.toThrow('another claim');
  expect(await world.row(swapId)).toMatchObject({ status: 'lockup_ok', revealedAt: null });
  expect(world.shopper.status(invoice.paymentHash)?.status).toBe('held');
  world.advance(20_001);
  expect(await world.backend().reconcile(swapId)).toMatchObject({ swap: { status: 'claim_accepted' } });
  await expect.poll(() => world.shopper.status(invoice.paymentHash)?.status).toBe('settled');
});

test('a lost answer to a create is recovered: one hash, one swap', async () => {
  const { httpCall } = await import('../../src/lib/http-client.ts');
  let lost = 0;
  const backend = world.backend(new Death(), {
    http: async (call) => {
      const reply = await httpCall(call);
      if (call.url.endsWith('/swap/reverse') && call.method === 'POST' && lost++ === 0) return { status: 502, text: 'bad gateway' };
      return reply;
    },
  });
  const { request, swapId } = await opened(backend);
  expect(lost).toBe(2);
  expect(await world.rows(request.subjectId)).toHaveLength(1);
  expect((await world.row(swapId)).status).toBe('verified');
});

test('an answer that fails a check is never shown, and the caller is told to retry', async () => {
  const { httpCall } = await import('../../src/lib/http-client.ts');
  const backend = world.backend(new Death(), {
    http: async (call) => {
      const reply = await httpCall(call);
      if (!call.url.endsWith('/swap/reverse') || call.method !== 'POST') return reply;
      const answer = JSON.parse(reply.text);
      return { ...reply, text: JSON.stringify({ ...answer, blindingKey: '11'.repeat(32) }) };
    },
  });
  const request = world.request();
  const result = await backend.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  expect(result).toMatchObject({
    ok: false,
    error: { kind: 'unavailable', code: 'provider_unavailable', message: 'Payment provider unavailable — please retry' },
  });
  expect(await world.said(request.subjectId)).toEqual([]);
  expect((await world.rows(request.subjectId)).map(({ status, invoice }) => [status, invoice])).toEqual([['rejected', null]]);
});

test('the provider’s socket alone is enough to be paid', async () => {
  const backend = world.backend();
  backend.start();
  try {
    const { swapId, ...invoice } = await opened(backend);
    await world.pay({ swapId, ...invoice });
    await expect.poll(async () => (await world.row(swapId)).status).toBe('claim_accepted');
  } finally {
    await backend.stop();
  }
});

test('the sweep alone is enough to be paid', async () => {
  const { backend, swapId, ...invoice } = await opened();
  await world.pay({ swapId, ...invoice });
  world.advance(31_000);
  await backend.glanceAtUnpaid();
  expect((await world.row(swapId)).status).toBe('claim_accepted');
});

test('while an invoice can be paid a glance leaves the provider in peace, and asks it once the invoice is over', async () => {
  const { httpCall } = await import('../../src/lib/http-client.ts');
  const asked: string[] = [];
  const http: typeof httpCall = (call) => {
    asked.push(call.url);
    return httpCall(call);
  };
  const { swapId } = await opened();
  const backend = world.backend(new Death(), { http });
  const { providerSwapId } = await world.row(swapId);
  const askedOf = () => asked.filter((url) => url.endsWith(`/swap/${providerSwapId}`)).length;
  world.advance(31_000);
  expect(await backend.glanceAtUnpaid()).toBeGreaterThan(0);
  expect(askedOf()).toBe(0);
  world.advance(590_000);
  await backend.glanceAtUnpaid();
  expect(askedOf()).toBeGreaterThan(0);
});

test('an open invoice whose row cannot be read is passed over, and holds up no other', async () => {
  const broken = await opened();
  await world.database.client.swap.update({ where: { id: broken.swapId }, data: { requestJson: {} } });
  const { backend, swapId, ...invoice } = await opened();
  await world.pay({ swapId, ...invoice });
  world.advance(31_000);
  await backend.glanceAtUnpaid();
  expect((await world.row(swapId)).status).toBe('claim_accepted');
});

test('a backend refuses to start with another seed', async () => {
  const { database } = world;
  await database.client.keyIndex.findUniqueOrThrow({ where: { era: 1 } });
  const { ensureKeyEra } = await import('../../src/swaps/key-index-store.ts');
  await expect(ensureKeyEra({ database }, () => Promise.resolve('ffffffffffffffff'))).rejects.toThrow('not the one');
});

test('nothing secret rests in the open', async () => {
  const rows = await world.database.client.swap.findMany({ where: { status: 'claim_accepted' } });
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    const text = Buffer.from(JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? value.toString() : value))).toString('utf8');
    expect(text).not.toContain('82012088a914');
    const opened = world.sealer.open({ table: 'Swap', row: row.id, column: 'claimTxSealed' }, row.claimTxSealed ?? fromHex(''));
    expect(Buffer.from(opened).toString('utf8')).toContain('82012088a914');
  }
});
