/** The shapes that pass between the server and the page of a payment link. Types only. */

/** What everybody may see: the GraphQL type `PublicLink` as plain JSON. Money as decimal strings. */
export type LinkData = {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  /** The price; null where the payer chooses the amount. */
  readonly amountFiat: string | null;
  readonly currency: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly mode: 'LIVE' | 'TEST';
  readonly merchant: { readonly name: string; readonly logoUrl: string | null; readonly brandColour: string | null };
  /** The smallest amount that can be paid now; null while there is no exchange rate. */
  readonly minimumFiat: string | null;
  /** The price in sats at today's rate; null for open links, and while there is no rate. */
  readonly approximateSats: string | null;
};

/** Why no payment was started, as the payer may know it: nothing of the shop's plan or wallet. */
export type LinkProblem =
  | 'amount_missing'
  | 'amount_unclear'
  | 'no_decimals'
  | 'too_small'
  | 'too_large'
  | 'no_price'
  | 'shop_closed'
  | 'busy'
  | 'unavailable';

/** What the page shows beside the link: what was typed, and what went wrong with it. */
export type LinkTry = { readonly typed: string; readonly problem: LinkProblem | null };
