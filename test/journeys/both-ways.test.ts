import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { directPayments } from '../support/direct.ts';

/** `EACH=30 ABANDONED=300 npm test test/journeys/both-ways.test.ts` is the published figure; the suite plays a shorter run of the same. */
const EACH = Number(process.env['EACH'] ?? 3);
const ABANDONED = Number(process.env['ABANDONED'] ?? 12);
/** Past the end of a session and the rest of its address: an hour and a quarter of the clock. */
const RECYCLED_S = 75 * 60;

let avopay: Avopay;
let direct: ReturnType<typeof directPayments>;
beforeAll(async () => {
  avopay = await startAvopay();
  direct = directPayments(avopay);
});
afterAll(() => avopay.stop());

/** When the pool is empty the payment is offered over Lightning alone: a shop that wants L-BTC asks later. */
async function createWithAddress() {
  const payment = await direct.create();
  if (payment.address !== undefined) return payment;
  await direct.advance(RECYCLED_S);
  return direct.create();
}

test(`${EACH} Lightning and ${EACH} L-BTC payments with ${ABANDONED} abandoned between them: the wallet holds what is owed, and sees all of it`, {
  timeout: 1_800_000,
}, async () => {
  const paid: string[] = [];
  let abandoned = 0;
  for (let number = 0; number < EACH; number++) {
    for (; abandoned < Math.round(((number + 1) * ABANDONED) / EACH); abandoned++) await direct.create();
    const lightning = await direct.create();
    await direct.pay(lightning.body.lightning_invoice);
    await direct.until(lightning.id, 'paid');
    const liquid = await createWithAddress();
    await direct.send(liquid.address, liquid.sats);
    await direct.until(liquid.id, 'paid');
    paid.push(lightning.id, liquid.id);
  }
  await direct.advance(RECYCLED_S);
  await eventually(async () => (await direct.query(`SELECT 1 FROM "Payment" WHERE status IN ('pending', 'detected')`, [])).length === 0);

  const books = await booksOf(avopay);
  expect(books).toMatchObject({ balanced: true, invisibleSats: 0, faults: [], paidPayments: 2 * EACH });
  const wallet = (await avopay.call('GET', '/sandbox/wallet', { key: null })).body;
  expect(wallet.longest_unused_run).toBeLessThanOrEqual(15);
  const shared = await direct.query(
    `SELECT a."paymentId", b."paymentId" FROM "AddressLease" a JOIN "AddressLease" b ON a."addressId" = b."addressId" AND a.id < b.id
     WHERE a."leasedAt" < coalesce(b."releasedAt", 'infinity') AND b."leasedAt" < coalesce(a."releasedAt", 'infinity')`,
    [],
  );
  expect(shared).toEqual([]);
  const [{ payments }] = await direct.query('SELECT count(*)::int AS payments FROM "Payment"', []);
  expect(payments).toBeGreaterThanOrEqual(2 * EACH + ABANDONED);
});
