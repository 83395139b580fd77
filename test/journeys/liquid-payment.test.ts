import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { follow } from '../support/live.ts';
import { directPayments } from '../support/direct.ts';

let avopay: Avopay;
let direct: ReturnType<typeof directPayments>;
beforeAll(async () => {
  avopay = await startAvopay();
  direct = directPayments(avopay);
});
afterAll(() => avopay.stop());

const CHECKOUT = `subscription ($id: ID!) {
  checkout(paymentId: $id) { status receivedSats amountSats liquidState liquid { address uri amountLbtc assetId } lightning { invoice } exception late redirectUrl }
}`;

test('C-1 C-2 P-23: a payment shows an L-BTC address with its exact amount, over REST, GraphQL and the page alike', async () => {
  const { id, body } = await direct.create();
  const live = follow(avopay.url, CHECKOUT, { id });
  const { liquid, liquidState, amountSats } = await live.until((state) => state.status === 'PENDING');
  await live.close();
  const amount = `${(Number(amountSats) / 1e8).toFixed(8)}`;
  expect(liquidState).toBe('OFFERED');
  expect(liquid.amountLbtc).toBe(amount);
  expect(liquid.uri).toBe(`liquidtestnet:${liquid.address}?amount=${amount}&assetid=${liquid.assetId}`);
  expect(body).toMatchObject({ liquid_address: liquid.address, liquid_uri: liquid.uri });
});

test('C-10 G-4 W-12: L-BTC that is sent to the address is paid on the socket, with the event, and the wallet holds it to the satoshi', async () => {
  const { id, address, sats } = await direct.create({ redirect_url: 'https://shop.example/done' });
  const live = follow(avopay.url, CHECKOUT, { id });
  await live.until((state) => state.status === 'PENDING');
  const txid = await direct.send(address, sats);
  const paid = await live.until((state) => state.status === 'PAID');
  await live.close();
  expect(paid).toMatchObject({ receivedSats: String(sats), liquid: null, lightning: null, exception: null, late: false });
  expect(paid.redirectUrl).toBe(`https://shop.example/done?payment_id=${id}&status=paid`);
  const read = await direct.read(id);
  expect(read).toMatchObject({ status: 'paid', method: 'liquid', settlement: 'unconfirmed' });
  expect(read.liquid_address).toBeUndefined();
  await direct.mine(2);
  await eventually(async () => (await direct.read(id)).settlement === 'confirmed');
  expect(await direct.timeline(id)).toEqual(['payment.created', 'payment.confirmed', 'payment.settled']);
  expect(await direct.field(id, 'txid')).toBe(txid);
  expect(await booksOf(avopay)).toMatchObject({ balanced: true, invisibleSats: 0, faults: [] });
});

describe('what comes to an address', () => {
  test('counts when it is not confidential', async () => {
    const { id, address, sats } = await direct.create();
    await direct.send(address, sats, { confidential: false });
    expect(await direct.until(id, 'paid')).toMatchObject({ method: 'liquid', exception: null });
  });

  test('G-9: does not count when it is a worthless asset in the right amount', async () => {
    const { id, address, sats } = await direct.create();
    const txid = await direct.send(address, sats, { asset: 'OTHER' });
    const open = await direct.send(address, sats, { asset: 'OTHER', confidential: false });
    await eventually(async () => (await direct.receipts(txid, open)).length === 2);
    expect(await direct.receipts(txid, open)).toMatchObject([{ verdict: 'wrong_asset' }, { verdict: 'wrong_asset' }]);
    expect(await direct.read(id)).toMatchObject({ status: 'pending', exception: null });
    expect(await direct.field(id, 'receivedSats')).toBe('0');
  });

  test('G-7: is summed over several transactions, and the page is told what is missing', async () => {
    const { id, address, sats } = await direct.create();
    const live = follow(avopay.url, CHECKOUT, { id });
    await direct.send(address, 400);
    const partial = await live.until((state: Json) => state.receivedSats === '400');
    expect(partial).toMatchObject({ status: 'PENDING', exception: null });
    expect(partial.liquid.amountLbtc).toBe(((sats - 400) / 1e8).toFixed(8));
    await direct.send(address, sats - 400);
    expect(await live.until((state) => state.status === 'PAID')).toMatchObject({ receivedSats: String(sats), exception: null });
    await live.close();
    expect(await direct.timeline(id)).toEqual(['payment.created', 'payment.partial', 'payment.confirmed']);
  });

  test('G-7: is noted as overpaid when it is more', async () => {
    const { id, address, sats } = await direct.create();
    await direct.send(address, sats + 7);
    expect(await direct.until(id, 'paid')).toMatchObject({ exception: 'overpaid' });
    expect(await direct.field(id, 'netSats')).toBe(String(sats + 7));
  });

  test('is noted as paid twice when it comes again, and the payment is confirmed once', async () => {
    const { id, address, sats } = await direct.create();
    await direct.send(address, sats);
    await direct.until(id, 'paid');
    await direct.send(address, sats);
    await eventually(async () => (await direct.read(id)).exception === 'paid_twice');
    expect(await direct.field(id, 'receivedSats')).toBe(String(2 * sats));
    expect((await direct.timeline(id)).filter((type) => type === 'payment.confirmed')).toHaveLength(1);
  });

  test('G-7: is taken for enough within the tolerance of the account, and not one satoshi below it', async () => {
    await direct.settings({ toleranceSats: 20 });
    const [enough, short] = [await direct.create(), await direct.create()];
    await direct.send(enough.address, enough.sats - 20);
    await direct.send(short.address, short.sats - 21);
    expect(await direct.until(enough.id, 'paid')).toMatchObject({ exception: null });
    await eventually(async () => (await direct.field(short.id, 'receivedSats')) === String(short.sats - 21));
    expect((await direct.read(short.id)).status).toBe('pending');
    await direct.settings({});
  });
});

test('the books balance after all that', async () => {
  expect(await booksOf(avopay)).toMatchObject({ balanced: true, invisibleSats: 0, faults: [] });
});
