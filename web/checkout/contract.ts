/** The shapes that pass between the server, the page renderer and the browser. Types only. */
import type { LinkData, LinkTry } from '../link/contract.ts';
import type { Words } from '../words/words.ts';

/** What a payer may see: the GraphQL type `Checkout` as plain JSON. Money as decimal strings, times as ISO 8601 strings. */
export type CheckoutData = {
  readonly paymentId: string;
  readonly status: 'PENDING' | 'DETECTED' | 'PAID' | 'EXPIRED';
  readonly merchant: { readonly name: string; readonly logoUrl: string | null; readonly brandColour: string | null };
  /** Web pages that may show this page in a frame; said in its headers, not on it. Absent: none. */
  readonly frameOrigins?: readonly string[];
  /** The payment link's title; null for a payment made over the API. */
  readonly title: string | null;
  /** Where the payer may start again; null for a payment made over the API. */
  readonly linkId: string | null;
  readonly mode: 'LIVE' | 'TEST';
  readonly amountFiat: string;
  readonly currency: string;
  readonly amountSats: string;
  readonly receivedSats: string;
  readonly lightning: { readonly invoice: string; readonly uri: string; readonly expiresAt: string } | null;
  readonly liquid: { readonly address: string; readonly uri: string; readonly amountLbtc: string; readonly assetId: string } | null;
  readonly lightningState: string;
  readonly liquidState: string;
  readonly expiresAt: string;
  readonly serverTime: string;
  readonly paidAt: string | null;
  readonly method: 'LIGHTNING' | 'LIQUID' | null;
  /** The transaction that pays the merchant; null until paid. */
  readonly txid: string | null;
  readonly late: boolean;
  readonly exception: string | null;
  /** Null until paid; then with payment_id and status appended. */
  readonly redirectUrl: string | null;
  readonly backUrl: string | null;
};

export type Status = 'pending' | 'detected' | 'paid' | 'expired';

/** Everything that the page shows, ready to print: the browser formats no money and no dates of its own. */
export type CheckoutView = {
  readonly paymentId: string;
  readonly language: string;
  readonly status: Status;
  readonly merchantName: string;
  readonly logoPath: string | null;
  /** The shop's own, with the ink that is readable on it. */
  readonly colour: { readonly paper: string; readonly ink: string } | null;
  /** The link's title; null means "Payment to <merchant>". */
  readonly title: string | null;
  /** Why no real money moves here, or null when it does. */
  readonly play: 'sandbox' | 'test' | null;
  readonly fiat: string;
  readonly sats: string;
  /** What one bitcoin costs at this payment's own price. */
  readonly rate: string | null;
  readonly lightning: { readonly invoice: string } | null;
  readonly liquid: { readonly address: string; readonly uri: string; readonly amountLbtc: string } | null;
  readonly lightningDown: boolean;
  /** The shop takes L-BTC alone, by choice. */
  readonly liquidOnly: boolean;
  /** No L-BTC address was free for this payment. */
  readonly liquidBusy: boolean;
  readonly expiresAtMs: number;
  readonly serverTimeMs: number;
  readonly paidAtMs: number | null;
  readonly amountLbtc: string;
  readonly receivedLbtc: string | null;
  readonly exception: string | null;
  /** Paid when its time was over. */
  readonly late: boolean;
  readonly redirectUrl: string | null;
  readonly backUrl: string | null;
  /** Path of the payment link that it came from, to start again there. */
  readonly againPath: string | null;
  /** Where anybody reads what the server says of this payment. */
  readonly receiptUrl: string;
  /** See PageOptions. */
  readonly keep: string;
};

/** What the server writes into the page for its script: the payment, and the words of one language. */
export type CheckoutPageData = { readonly view: CheckoutView; readonly words: Words };

/** What can change while the page is open; the status route and the subscription both say it. */
export type CheckoutFacts = {
  readonly status: Status;
  readonly redirectUrl: string | null;
  readonly serverTimeMs: number | null;
  readonly expiresAtMs: number | null;
  readonly paidAtMs: number | null;
  readonly exception: string | null;
  readonly receivedSats: string | null;
};

export type PageOptions = {
  readonly publicUrl: string;
  readonly sandbox: boolean;
  /** Where the terms of this server stand; null or absent: nothing is said of them. */
  readonly termsUrl?: string | null;
  /** Path of the browser script. */
  readonly script: string;
  /** The wanted languages, as in an Accept-Language header. */
  readonly languages: string;
  /** What links to our own pages carry on: `?lang=de` where the address names a language, else nothing. */
  readonly keep: string;
};

export type ProblemKind = 'not_found' | 'unavailable';

/** What the server-side bundle of `web/` exports. Every page is a whole HTML document. */
export type PageRenderer = {
  /** The texts of all inline style elements, exactly as printed: their hashes go into the content security policy. */
  readonly inlineStyles: readonly string[];
  readonly renderCheckout: (page: CheckoutPageData) => { readonly body: string };
  readonly receiptPage: (data: CheckoutData, options: PageOptions & { readonly checkedAt: Date }) => string;
  readonly checkoutPage: (data: CheckoutData, options: PageOptions) => string;
  readonly problemPage: (kind: ProblemKind, options: PageOptions) => string;
  readonly landingPage: (options: PageOptions) => string;
  readonly linkPage: (link: LinkData, attempt: LinkTry, options: PageOptions) => string;
};
