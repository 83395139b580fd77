import type { PaymentMethod, PaymentSource, PaymentStatus } from './payment.ts';

/** Which payments of an account a list shows; null and empty: no condition. */
export type PaymentFilter = Readonly<{
  accountId: string;
  mode: 'live' | 'test';
  status: readonly PaymentStatus[];
  /** Made at this time or later. */
  from: Date | null;
  /** Made before this time. */
  to: Date | null;
  source: PaymentSource | null;
  method: PaymentMethod | null;
  linkId: string | null;
  /** A whole id or transaction id, or a part of the metadata's text, in any case of letters. */
  search: string | null;
}>;

/** A search text longer than this is no order number, and costs the database. */
export const SEARCH_CHARS_MAX = 100;
