declare namespace AvoPay {
  interface PayOptions {
    /** Your `ak_pub_…` key. Secret keys are refused. */
    publishableKey: string;
    /** Amount to charge, e.g. 9.99. A visitor can change it: compare `amount_fiat` in your webhook. */
    amount: number | string;
    /** EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK or BRL. */
    currency: string;
    /** Where the customer returns after payment. */
    redirectUrl?: string;
    /** At most 2 KB; comes back in webhooks. */
    metadata?: { [name: string]: unknown };
    /** Called when no payment could be created. Default: console.error. */
    onError?: (error: Error) => void;
    /** Address of the API, when it is not where the script came from. */
    api?: string;
  }
  interface Session {
    payment_id: string;
    checkout_url: string;
    expires_at: string;
  }
  /** Creates a payment and sends the browser to its page; in Node it only answers the session. Never rejects. */
  function pay(options: PayOptions): Promise<Session | undefined>;
  /** Creates a payment and answers its session. Rejects with the API's words. */
  function create(options: PayOptions): Promise<Session>;
}
export = AvoPay;
export as namespace AvoPay;
