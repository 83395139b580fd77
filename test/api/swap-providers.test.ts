import type { SwapWorld } from '../support/swap-world.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpCall } from '../../src/lib/http-client.ts';
import { Death, keepShown, openSwapWorld } from '../support/swap-world.ts';

let world: SwapWorld;
beforeAll(async () => {
  world = await openSwapWorld();
  await world.backend().prepare();
});
afterAll(() => world.close());

const DOWN = 'http://127.0.0.1:9/v2'; // the discard port: nothing listens

const open = async (backend: ReturnType<SwapWorld['backend']>, request = world.request()) => {
  const result = await backend.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  return { request, result };
};

test('a server without a provider says that Lightning is not configured', async () => {
  const backend = world.backend(new Death(), { providers: [] });
  expect(await backend.terms()).toMatchObject({ ok: false, error: { code: 'lightning_not_configured' } });
  expect((await open(backend)).result).toMatchObject({ ok: false, error: { code: 'lightning_not_configured' } });
});

test('the provider’s own limits are the terms', async () => {
  expect(await world.backend().terms()).toMatchObject({ ok: true, value: { minimumSats: 100n, maximumSats: 25_000_000n } });
});

test('P-20: a provider that cannot be reached makes terms and invoices unavailable, in the documented words', async () => {
  const backend = world.backend(new Death(), { providers: [{ name: 'down', url: DOWN }] });
  const unavailable = {
    ok: false,
    error: { kind: 'unavailable', code: 'provider_unavailable', message: 'Payment provider unavailable — please retry' },
  };
  expect(await backend.terms()).toEqual(unavailable);
  expect((await open(backend)).result).toEqual(unavailable);
});

test('the next provider serves when the first one refuses, and the swap remembers which', async () => {
  const refusing = { name: 'refusing', url: world.provider.url.replace('127.0.0.1', 'localhost') }; // the same far side under another name
  const backend = world.backend(new Death(), {
    providers: [refusing, { name: 'sandbox', url: world.provider.url }],
    http: (call) =>
      call.url.startsWith(refusing.url) && call.method === 'POST'
        ? Promise.resolve({ status: 400, text: '{"error":"swaps are suspended"}' })
        : httpCall({ ...call, url: call.url.replace('localhost', '127.0.0.1') }),
  });
  const { request, result } = await open(backend);
  expect(result.ok).toBe(true);
  const rows = await world.rows(request.subjectId);
  expect(rows.map(({ provider, status }) => [provider, status])).toEqual([
    ['refusing', 'rejected'],
    ['sandbox', 'verified'],
  ]);
});

test('a provider that failed three times in a row is asked last, and first again after a minute', async () => {
  const asked: string[] = [];
  const backend = world.backend(new Death(), {
    providers: [
      { name: 'ailing', url: DOWN },
      { name: 'sandbox', url: world.provider.url },
    ],
    http: (call) => {
      if (call.url.endsWith('/swap/reverse') && call.method === 'GET') asked.push(call.url.startsWith(DOWN) ? 'ailing' : 'sandbox');
      return httpCall(call);
    },
  });
  for (let i = 0; i < 3; i++) expect((await open(backend)).result.ok).toBe(true);
  asked.length = 0;
  expect((await open(backend)).result.ok).toBe(true);
  expect(asked).not.toContain('ailing');
  world.advance(61_000);
  expect((await open(backend)).result.ok).toBe(true);
  expect(asked[0]).toBe('ailing');
});

test('fees that changed between reading and asking are read again', async () => {
  let first = true;
  const backend = world.backend(new Death(), {
    http: async (call) => {
      const reply = await httpCall(call);
      if (call.method !== 'GET' || !call.url.endsWith('/swap/reverse') || !first) return reply;
      first = false;
      const pairs = JSON.parse(reply.text);
      pairs.BTC['L-BTC'].hash = 'ab'.repeat(32);
      return { ...reply, text: JSON.stringify(pairs) };
    },
  });
  const { request, result } = await open(backend);
  expect(result.ok).toBe(true);
  expect((await world.rows(request.subjectId)).map(({ status }) => status)).toEqual(['rejected', 'verified']);
});

test('an invoice issued again for the same subject is a swap of its own, and the newest is the one that is shown', async () => {
  const backend = world.backend();
  const request = world.request({ subject: 'registration' });
  const first = await open(backend, request);
  const again = await open(backend, { ...request, attempt: 1 });
  if (!first.result.ok || !again.result.ok) throw new Error('not opened');
  expect(again.result.value.swapId).not.toBe(first.result.value.swapId);
  const shown = await backend.invoices([request.subjectId, 'pmt_unknown']);
  expect([...shown.entries()]).toEqual([
    [request.subjectId, { invoice: again.result.value.invoice, expiresAt: again.result.value.invoiceExpiresAt }],
  ]);
});

test('an amount that changed between two tries gets a swap of its own', async () => {
  const refusing = world.backend(new Death(), {
    http: (call) =>
      call.method === 'POST' && call.url.endsWith('/swap/reverse') ? Promise.resolve({ status: 502, text: '' }) : httpCall(call),
  });
  const request = world.request();
  expect((await open(refusing, request)).result.ok).toBe(false);
  const retried = await open(world.backend(), world.request({ subjectId: request.subjectId, amountSats: world.request().amountSats }));
  expect(retried.result.ok).toBe(true);
  const other = world.request();
  expect((await open(refusing, other)).result.ok).toBe(false);
  const { sats } = await import('../../src/lib/money.ts');
  expect((await open(world.backend(), { ...other, amountSats: sats(50_000n) })).result.ok).toBe(true);
  expect((await world.rows(request.subjectId)).map(({ status }) => status)).toEqual(['verified']);
  expect((await world.rows(other.subjectId)).map(({ status, failure }) => [status, failure])).toEqual([
    ['rejected', 'amount_changed'],
    ['verified', null],
  ]);
});

test('the asked expiry covers the session, in the provider’s range', async () => {
  const { result, request } = await open(world.backend());
  if (!result.ok) throw new Error('not opened');
  const beyondMs = result.value.invoiceExpiresAt.getTime() - request.expiresAt.getTime();
  expect(beyondMs).toBeGreaterThanOrEqual(0);
  expect(beyondMs).toBeLessThanOrEqual(60_000);
  const day = await open(world.backend(), world.request({ expiresAt: new Date(world.now().getTime() + 86_400_000) }));
  expect(day.result.ok).toBe(true);
});

test('whatever a merchant is called, the provider takes the description', async () => {
  const description = `Café \u202e${'☕'.repeat(400)}\u0007\n`;
  expect((await open(world.backend(), world.request({ description }))).result.ok).toBe(true);
});

test('a swap that an earlier version of AvoPay left reserved is asked for when its client comes back, and given up when not', async () => {
  const leave = async () => {
    const silent = world.backend(new Death(), {
      http: (call) =>
        call.method === 'POST' && call.url.endsWith('/swap/reverse') ? Promise.resolve({ status: 502, text: '' }) : httpCall(call),
    });
    const { request } = await open(silent);
    await world.database.client.swap.updateMany({
      where: { subjectId: request.subjectId },
      data: { status: 'reserved', leaseUntil: null },
    });
    return { request, statuses: async () => (await world.rows(request.subjectId)).map(({ status }) => status) };
  };
  const missed = await leave();
  const left = await leave();
  expect((await open(world.backend(), left.request)).result.ok).toBe(true);
  expect(await left.statuses()).toEqual(['verified']);
  world.advance(901_000);
  await world.backend().lookAtDueSwaps();
  expect(await missed.statuses()).toEqual(['rejected']);
});

test('a create that nobody came back for is given up', async () => {
  const silent = world.backend(new Death(), {
    http: (call) =>
      call.method === 'POST' && call.url.endsWith('/swap/reverse') ? Promise.resolve({ status: 502, text: '' }) : httpCall(call),
  });
  const { request } = await open(silent);
  expect((await world.rows(request.subjectId)).map(({ status }) => status)).toEqual(['requested']);
  expect(await silent.close(request.subjectId)).toBe('unknown');
  world.advance(901_000);
  await silent.lookAtDueSwaps();
  expect((await world.rows(request.subjectId)).map(({ status, failure }) => [status, failure])).toEqual([['rejected', 'abandoned']]);
  expect(await silent.close(request.subjectId)).toBe('closed');
});
