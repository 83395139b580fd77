import type { SandboxWorld } from '../support/sandbox-world.ts';
import { HDKey } from '@scure/bip32';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { shareSandboxWorld } from '../support/sandbox-world.ts';
import { createBody, differences, openSwap } from '../support/swap-client.ts';

let world: SandboxWorld;
beforeAll(readyLiquid);
shareSandboxWorld((opened) => {
  world = opened;
});

type Pair = { hash: string; rate: number; limits: object; fees: object };
const create = (changes: Record<string, unknown>) => world.provider('POST', '/swap/reverse', createBody(changes));

describe('terms', () => {
  test('the pair is hashed over rate, fees and limits in this order', async () => {
    const { status, body } = await world.provider<{ BTC: { 'L-BTC': Pair } }>('GET', '/swap/reverse');
    const { hash, rate, limits, fees } = body.BTC['L-BTC'];
    expect(status).toBe(200);
    expect(hash).toBe(createHash('sha256').update(JSON.stringify({ rate, fees, limits })).digest('hex'));
    expect({ rate, limits, fees }).toEqual({
      rate: 1,
      limits: { maximal: 25_000_000, minimal: 100 },
      fees: { percentage: 0.25, minerFees: { claim: 20, lockup: 27 } },
    });
  });

  test('version, expiry range, heights and fees have the shapes of the protocol', async () => {
    expect((await world.provider('GET', '/version')).body['version']).toMatch(/^3\.13\.0-/);
    expect((await world.provider('GET', '/swap/reverse/expiry')).body).toEqual({ BTC: { 'L-BTC': { min: 60, max: 43_200 } } });
    expect((await world.provider('GET', '/chain/heights')).body).toEqual({ BTC: expect.any(Number), 'L-BTC': expect.any(Number) });
    expect((await world.provider('GET', '/chain/fees')).body).toEqual({ BTC: expect.any(Number), 'L-BTC': 0.1 });
    expect((await world.provider('GET', '/chain/L-BTC/fee')).body).toEqual({ fee: 0.1 });
    expect((await world.provider('GET', '/chain/L-BTC/height')).body).toEqual({ height: expect.any(Number) });
  });
});

describe('creation', () => {
  test('a new swap stands every check of an independent client', async () => {
    const swap = await openSwap(world, { invoiceAmount: 62_341, description: 'Alba Coffee Roasters · ünïcode' });
    expect(differences(swap, 62_341n)).toEqual([]);
    expect(swap.created.onchainAmount).toBe(62_341 - 156 - 27);
    const { body } = await world.provider<{ 'L-BTC': number }>('GET', '/chain/heights');
    expect(swap.created.timeoutBlockHeight - body['L-BTC']).toBe(1_440);
    expect(swap.created.id).toMatch(/^[0-9a-z]{12}$/);
  });

  test.each([
    [100, 72],
    [1_000, 970],
    [10_000, 9_948],
    [100_000, 99_723],
    [25_000_000, 24_937_473],
  ])('an invoice of %i sats locks %i on the chain', async (invoiceAmount, onchainAmount) => {
    expect((await create({ invoiceAmount })).body['onchainAmount']).toBe(onchainAmount);
  });

  test.each([
    [73, 101n],
    [950, 980n],
    [9_948, 10_000n],
    [24_937_473, 25_000_000n],
  ])('%i sats on the chain cost an invoice of %i, and the answer leaves the amount out', async (onchainAmount, invoiceSats) => {
    const swap = await openSwap(world, { invoiceAmount: undefined, onchainAmount });
    expect(differences(swap, invoiceSats)).toEqual([]);
    expect(swap.created).not.toHaveProperty('onchainAmount');
  });

  test.each([59, 43_201, 60.5])('an expiry of %d s is refused with the range', async (invoiceExpiry) => {
    expect(await create({ invoiceExpiry })).toEqual({
      status: 400,
      body: { error: `invalid invoice expiry ${invoiceExpiry}; valid range: 60 to 43200 seconds` },
    });
  });

  test.each([60, 43_200])('an expiry of %d s is taken', async (invoiceExpiry) => {
    expect((await create({ invoiceExpiry })).status).toBe(201);
  });

  const refusals: readonly (readonly [Record<string, unknown>, number, string])[] = [
    [{ from: undefined }, 400, 'undefined parameter: from'],
    [{ to: 7 }, 400, 'invalid parameter: to'],
    [{ to: 'BTC' }, 404, 'could not find pair with id: BTC/BTC'],
    [{ preimageHash: undefined }, 400, 'undefined parameter: preimageHash'],
    [{ preimageHash: 'zz' }, 400, 'could not parse hex string: preimageHash'],
    [{ preimageHash: 'ab' }, 400, 'invalid preimage hash length: 1'],
    [{ preimageHash: '' }, 400, 'invalid preimage hash length: 0'],
    [{ claimPublicKey: undefined }, 400, 'undefined parameter: claimPublicKey'],
    [{ pairHash: 'ab' }, 400, 'invalid pair hash'],
    [{ onchainAmount: 5_000 }, 400, 'invoice and onchain amount were specified'],
    [{ invoiceAmount: undefined }, 400, 'no amount was specified'],
    [{ invoiceAmount: 1000.5 }, 400, '1000.5 is not a whole number'],
    [{ invoiceAmount: '1000' }, 400, 'invalid parameter: invoiceAmount'],
    [{ invoiceAmount: 99 }, 400, '99 is less than minimal of 100'],
    [{ invoiceAmount: 25_000_001 }, 400, '25000001 exceeds maximal of 25000000'],
    [{ description: 'x'.repeat(640) }, 400, 'invalid invoice memo: 640 bytes exceed the maximum of 639'],
    [{ description: 'a\u202eb' }, 400, 'invalid invoice memo: contains forbidden characters'],
    [{ webhook: { url: 'ftp://example.test' } }, 400, 'could not register webhook'],
    [{ webhook: { url: 'http://127.0.0.1:1/', status: ['nonsense'] } }, 400, 'invalid swap status: nonsense'],
  ];
  test.each(refusals)('%j is refused', async (changes, status, error) => {
    expect(await create(changes)).toEqual({ status, body: { error } });
  });

  test('a key that is no point of the curve is refused', async () => {
    const reply = await create({ claimPublicKey: `02${'ff'.repeat(32)}` });
    expect(reply).toEqual({ status: 400, body: { error: 'invalid parameter: claimPublicKey' } });
  });

  test('JSON that does not parse is refused as JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${world.sandbox.providerUrl}/swap/reverse`, { method: 'POST', headers, body: '{"from"' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });

  test('a preimage hash is taken once, also by two at the same moment', async () => {
    const body = createBody();
    const replies = await Promise.all([world.provider('POST', '/swap/reverse', body), world.provider('POST', '/swap/reverse', body)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
    const again = await world.provider('POST', '/swap/reverse', body);
    expect(again).toEqual({ status: 409, body: { error: 'a swap with this preimage hash exists already' } });
  });
});

describe('looking swaps up', () => {
  test('unknown ids are not found, alone or among others', async () => {
    const { created } = await openSwap(world);
    const missing = { status: 404, body: { error: 'could not find swap with id: nobody' } };
    expect(await world.provider('GET', '/swap/nobody')).toEqual(missing);
    expect(await world.provider('GET', `/swap/status?ids=${created.id}&ids=nobody`)).toEqual(missing);
    expect((await world.provider('GET', `/swap/status?ids=${created.id}`)).body).toEqual({ [created.id]: { status: 'swap.created' } });
  });

  test('there is no lockup transaction before a payment', async () => {
    const { created } = await openSwap(world);
    const reply = await world.provider('GET', `/swap/reverse/${created.id}/transaction`);
    expect(reply).toEqual({ status: 400, body: { error: 'no coins were locked up yet' } });
  });
});

describe('restoring', () => {
  const rescue = HDKey.fromMasterSeed(sha256('a rescue key of a test')).derive('m/44/0/0/0');
  const keyAt = (index: number) => toHex(rescue.deriveChild(index).publicKey ?? new Uint8Array());

  test('an xpub finds its swaps with their key indexes, across a gap', async () => {
    const xpub = rescue.publicExtendedKey;
    expect((await world.provider('POST', '/swap/restore/index', { xpub })).body).toEqual({ index: -1 });
    const first = await openSwap(world, { claimPublicKey: keyAt(3) });
    const second = await openSwap(world, { claimPublicKey: keyAt(40), metadata: 'c0ffee' });
    const { body } = await world.provider<{ id: string; claimDetails: { keyIndex: number } }[]>('POST', '/swap/restore', { xpub });
    expect(body.map(({ id, claimDetails }) => [id, claimDetails.keyIndex])).toEqual([
      [first.created.id, 3],
      [second.created.id, 40],
    ]);
    expect((await world.provider('POST', '/swap/restore/index', { xpub })).body).toEqual({ index: 40 });
    expect((await world.provider<unknown[]>('POST', '/swap/restore', { xpub, gapLimit: 10 })).body).toHaveLength(1);
  });

  test('a public key gives back everything that a lost answer held', async () => {
    const claimPublicKey = keyAt(1_000);
    const { created, terms } = await openSwap(world, { claimPublicKey });
    const { body } = await world.provider<unknown[]>('POST', '/swap/restore', { publicKey: claimPublicKey });
    expect(body).toEqual([
      expect.objectContaining({
        id: created.id,
        type: 'reverse',
        status: 'swap.created',
        invoice: created.invoice,
        preimageHash: toHex(terms.preimageHash),
        claimDetails: expect.objectContaining({
          tree: created.swapTree,
          amount: created.onchainAmount,
          lockupAddress: created.lockupAddress,
          serverPublicKey: created.refundPublicKey,
          timeoutBlockHeight: created.timeoutBlockHeight,
          blindingKey: created.blindingKey,
        }),
      }),
    ]);
  });
});
