import type { PaymentId } from '../../src/lib/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../src/lib/ids.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { BARE_AT as AT, bareApp } from '../support/bare-app.ts';

let bare: Awaited<ReturnType<typeof bareApp>>;
let [ours, theirs]: { accountId: string; key: string }[] = [];
beforeAll(async () => {
  bare = await bareApp();
  ours = await bare.account('ours@shop.example');
  theirs = await bare.account('theirs@shop.example');
});
afterAll(() => bare.close());

const bytes = (size: number) => Uint8Array.from(systemRandom(size));

/** A pending payment, and the swaps that were made for it: their invoices by attempt. */
async function payment(accountId: string, swaps: readonly { invoice: string | null; status: string }[] = []): Promise<PaymentId> {
  const { client } = bare.database;
  const [id, quoteId] = [newId<PaymentId>(systemRandom, 'payment'), newId(systemRandom, 'quote')];
  await client.rateQuote.create({ data: { id: quoteId, currency: 'EUR', minorPerBtcE4: 10n ** 11n, sources: [], takenAt: AT } });
  await client.payment.create({
    data: {
      ...{ id, accountId, quoteId, mode: 'live', status: 'pending', version: 1, source: 'secret', currency: 'EUR', fiatMinor: 500n },
      ...{ amountSats: 5000n, metadataText: '{}', lightning: 'offered', late: false, receivedSats: 0n },
      ...{ createdAt: AT, expiresAt: new Date(AT.getTime() + 600_000) },
    },
  });
  for (const [attempt, { invoice, status }] of swaps.entries()) {
    await client.swap.create({
      data: {
        ...{ id: newId(systemRandom, 'swap'), accountId, subject: 'payment', subjectId: id, attempt, status, version: 0, fence: 0n },
        ...{ provider: 'stub', keyEra: 0, keyIndex: indexes++, claimPublicKey: bytes(33) },
        ...{ preimageHash: bytes(32), invoiceSats: 5000n, requestJson: {}, createdAt: AT },
        ...(invoice === null
          ? {}
          : { providerSwapId: id + attempt, lockupScript: bytes(34), responseSealed: bytes(9), invoice, invoiceExpiresAt: AT, ...FACTS }),
      },
    });
  }
  return id;
}
let indexes = 0;

/** What a verified swap has beside its invoice. */
const FACTS = { onchainSats: 4900n, timeoutHeight: 900 };

const find = (accountId: string | undefined, id: PaymentId) => bare.app.useCases.findAccountPayment(accountId ?? '', id);

test('payments that are asked for in one moment are read in one statement, each for its own account', async () => {
  const [mine, yours] = [await payment(ours?.accountId ?? ''), await payment(theirs?.accountId ?? '')];
  bare.takeQueries();
  const seen = await Promise.all([
    find(ours?.accountId, mine),
    find(theirs?.accountId, yours),
    find(ours?.accountId, yours),
    find(theirs?.accountId, mine),
    find(ours?.accountId, mine),
  ]);
  expect(bare.takeQueries()).toBe(1);
  expect(seen.map((one) => one?.payment.id ?? null)).toEqual([mine, yours, null, null, mine]);
});

test('a payment that is read while another read of it runs is shown as it stands afterwards', async () => {
  const id = await payment(ours?.accountId ?? '');
  const early = find(ours?.accountId, id);
  await bare.database.client.payment.update({ where: { id }, data: { metadataText: '{"changed":true}' } });
  const late = await find(ours?.accountId, id);
  expect(late?.payment.metadataText).toBe('{"changed":true}');
  expect((await early)?.payment.id).toBe(id);
});

test.each([
  ['none', [], null],
  [
    'the newest that is not over',
    [
      { invoice: 'lnbc1', status: 'verified' },
      { invoice: 'lnbc2', status: 'verified' },
    ],
    'lnbc2',
  ],
  [
    'an older one while the newest has none yet',
    [
      { invoice: 'lnbc1', status: 'verified' },
      { invoice: null, status: 'reserved' },
    ],
    'lnbc1',
  ],
  [
    'an older one when the newest is over',
    [
      { invoice: 'lnbc1', status: 'verified' },
      { invoice: 'lnbc2', status: 'expired' },
    ],
    'lnbc1',
  ],
  [
    'none when all are over',
    [
      { invoice: 'lnbc1', status: 'refunded' },
      { invoice: 'lnbc2', status: 'rejected' },
    ],
    null,
  ],
])('a payment is shown with the same invoice however it is read: %s', async (_what, swaps, invoice) => {
  const id = await payment(ours?.accountId ?? '', swaps);
  const seen = await find(ours?.accountId, id);
  expect(seen?.invoice?.invoice ?? null).toBe(invoice);
  expect((await bare.app.useCases.findInvoices([id])).get(id) ?? null).toEqual(seen?.invoice ?? null);
});

test('requests with one key in one moment ask once who holds it', async () => {
  const holder = () => bare.app.useCases.authenticate(`Bearer ${ours?.key}`, { session: null, origin: null });
  await holder();
  await expect.poll(() => bare.takeQueries()).toBe(0); // its time of last use was written, as once a minute
  const callers = await Promise.all([holder(), holder(), holder()]);
  expect(callers.map((caller) => caller.ok && caller.value.accountId)).toEqual(Array(3).fill(ours?.accountId));
  expect(bare.takeQueries()).toBe(1);
});
