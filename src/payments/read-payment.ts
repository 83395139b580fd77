import type { PaymentId } from '../lib/ids.ts';
import type { LeasedPlace } from '../wallets/direct-lease-store.ts';
import type { Payment } from './payment.ts';
import type { ShownPayment } from './shown-payment-store.ts';
import { gatherMany } from '../lib/gather.ts';

/** A payment as its account sees it. */
export type SeenPayment = Omit<ShownPayment, 'place'> & {
  /** The confidential L-BTC address that it was given, or null. Derived when it is first asked for. */
  readonly address: () => string | null;
};

export type ReadPaymentDeps = {
  readonly findShown: (asked: readonly PaymentKey[]) => Promise<readonly ShownPayment[]>;
  readonly addressOf: (place: LeasedPlace) => string;
};
export type PaymentKey = { readonly accountId: string; readonly id: string };

/** Reads payments of accounts, all that are asked for in one moment together. Null: there is none of that id in that account. */
export function paymentReader({
  findShown,
  addressOf,
}: ReadPaymentDeps): (accountId: string, id: PaymentId) => Promise<SeenPayment | null> {
  const read = gatherMany(async (keys) => {
    const shown = await findShown(keys.map(keyFrom));
    return new Map(shown.map((one) => [textOf(one.payment), one]));
  });
  return async (accountId, id) => {
    const shown = await read(textOf({ accountId, id }));
    if (!shown) return null;
    const { payment, invoice, place } = shown;
    return { payment, invoice, address: () => (place ? addressOf(place) : null) };
  };
}

/** Ids have no blank in them. */
function textOf({ accountId, id }: PaymentKey | Payment): string {
  return `${accountId} ${id}`;
}

function keyFrom(text: string): PaymentKey {
  const [accountId = '', id = ''] = text.split(' ');
  return { accountId, id };
}
