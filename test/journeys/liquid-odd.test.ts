import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { directPayments } from '../support/direct.ts';

let avopay: Avopay;
let direct: ReturnType<typeof directPayments>;
beforeAll(async () => {
  avopay = await startAvopay();
  direct = directPayments(avopay);
});
afterAll(() => avopay.stop());

const EXPIRED_S = 700;

describe('L-BTC that comes late or short', () => {
  test('G-6 W-10: turns an expired payment into a paid one, marked late, confirmed once after its payment.expired', async () => {
    const { id, address, sats } = await direct.create();
    await direct.advance(EXPIRED_S);
    expect(await direct.until(id, 'expired')).toMatchObject({ exception: null });
    await direct.send(address, sats);
    expect(await direct.until(id, 'paid')).toMatchObject({ late: true, method: 'liquid', exception: null });
    expect(await direct.timeline(id)).toEqual(['payment.created', 'payment.expired', 'payment.confirmed']);
  });

  test('G-7: is underpaid when the time is up, and the rest still pays it', async () => {
    const { id, address, sats } = await direct.create();
    await direct.send(address, 500);
    await eventually(async () => (await direct.field(id, 'receivedSats')) === '500');
    await direct.advance(EXPIRED_S);
    expect(await direct.until(id, 'expired')).toMatchObject({ exception: 'underpaid' });
    await direct.send(address, sats - 500);
    expect(await direct.until(id, 'paid')).toMatchObject({ late: true, exception: null });
  });

  test('G-5 W-11: in the very last moment is seen by the look before the expiry, and the payment is not late', async () => {
    const { id, address, sats } = await direct.create();
    await direct.advance(560); // the clock flows on: what follows has forty seconds, wherever this runs
    await direct.send(address, sats);
    await direct.advance(EXPIRED_S);
    expect(await direct.until(id, 'paid')).toMatchObject({ late: false });
    expect(await direct.timeline(id)).not.toContain('payment.expired');
  });
});

describe('a coin that paid and', () => {
  test('G-10: is dropped from the mempool leaves the payment paid, settlement and exception dropped; sent again it settles', async () => {
    const { id, address, sats } = await direct.create();
    const txid = await direct.send(address, sats);
    await direct.until(id, 'paid');
    const hex = await (await fetch(`${(await avopay.call('GET', '/sandbox', { key: null })).body.chain_url}/tx/${txid}/hex`)).text();
    await direct.drop(txid);
    await eventually(async () => (await direct.read(id)).settlement === 'dropped');
    expect(await direct.read(id)).toMatchObject({ status: 'paid', exception: 'dropped' });
    expect(await direct.receipts(txid)).toMatchObject([{ state: 'dropped' }]);
    expect(await booksOf(avopay)).toMatchObject({ balanced: true, faults: [] });
    await fetch(`${(await avopay.call('GET', '/sandbox', { key: null })).body.chain_url}/tx`, { method: 'POST', body: hex });
    await eventually(async () => (await direct.read(id)).settlement === 'unconfirmed');
    await direct.mine(2);
    await eventually(async () => (await direct.read(id)).settlement === 'confirmed');
    expect(await direct.read(id)).toMatchObject({ status: 'paid', exception: null });
    expect((await direct.timeline(id)).slice(1)).toEqual(['payment.confirmed', 'payment.dropped', 'payment.unsettled', 'payment.settled']);
  });

  test('is settled waits again when its blocks are replaced, and settles again', async () => {
    const { id, address, sats } = await direct.create();
    const txid = await direct.send(address, sats);
    await direct.until(id, 'paid');
    await direct.mine(2);
    await eventually(async () => (await direct.read(id)).settlement === 'confirmed');
    await direct.reorg(2);
    await eventually(async () => (await direct.read(id)).settlement === 'unconfirmed');
    expect(await direct.receipts(txid)).toMatchObject([{ state: 'mempool' }]);
    await direct.mine(2);
    await eventually(async () => (await direct.read(id)).settlement === 'confirmed');
    expect((await direct.timeline(id)).filter((type) => type === 'payment.confirmed')).toHaveLength(1);
  });
});

describe('both ways to pay', () => {
  test('G-8: L-BTC first: the invoice that is paid too is never claimed, and the shopper has the money back after the timeout', async () => {
    const { id, address, sats, body } = await direct.create();
    await direct.send(address, sats);
    await direct.until(id, 'paid');
    const held = await direct.pay(body.lightning_invoice);
    expect(held.status).toBe('held');
    const [swap] = await eventually(async () => {
      const rows = await direct.query(`SELECT status, failure, "revealedAt", "claimTxid" FROM "Swap" WHERE "subjectId" = $1`, [id]);
      return rows[0].status === 'expired' && rows;
    });
    expect(swap).toMatchObject({ revealedAt: null, claimTxid: null });
    await direct.advance(3 * 24 * 3_600);
    const refunded = await eventually(async () => {
      const { body: paid } = await avopay.call('GET', `/sandbox/pay/${held.payment_hash}`, { key: null });
      return paid.status === 'refunded' && paid;
    });
    expect(refunded.preimage).toBeUndefined();
    expect(await direct.read(id)).toMatchObject({ status: 'paid', method: 'liquid', exception: null });
  });

  test('G-8: Lightning first: L-BTC that comes too is noted as paid twice, and the payment is Lightning’s', async () => {
    const { id, address, sats, body } = await direct.create();
    await direct.pay(body.lightning_invoice);
    await direct.until(id, 'paid');
    await direct.send(address, sats);
    await eventually(async () => (await direct.read(id)).exception === 'paid_twice');
    expect(await direct.read(id)).toMatchObject({ status: 'paid', method: 'lightning' });
    expect(await direct.field(id, 'receivedSats')).toBe(String(2 * sats));
  });
});

test('the books balance after all that', async () => {
  expect(await booksOf(avopay)).toMatchObject({ balanced: true, invisibleSats: 0, faults: [] });
});
