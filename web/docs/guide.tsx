import type { DocsFacts } from './contract.ts';
import { Code, Note, Table, Words } from './pieces.tsx';

type Page = { readonly facts: DocsFacts };

export function QuickStart({ facts }: Page) {
  return (
    <>
      <h1>Quick start</h1>
      <p class="lead">
        Accept Bitcoin Lightning and Liquid payments on any website. One call creates a checkout page, your customer scans and pays, and a
        signed webhook tells your server. The money settles straight into your own AQUA wallet: AvoPay holds no balance for you.
      </p>
      <h2 id="key">1. Get your secret key</h2>
      <p>
        <Words text="It starts with `ak_live_` and stays on your server: never in a page, an app, or version control. For pages there is the publishable key, `ak_pub_`, which can create payments and nothing else, and may be bound to your web addresses and a maximum. Keys that start with `ak_test_` move no money." />
      </p>
      <p>
        <Words text="Sign in to make keys; an agent gets its first one by " />
        <a href="/docs/agents">registering</a>.{' '}
        <Words text="A key is shown once, when it is made. It can rotate itself with `POST /api/v1/account/keys/:id/rotate`, where the old key goes on for a day unless you say otherwise, and end itself with `DELETE /api/v1/account/keys/:id`." />
      </p>
      <h2 id="create">2. Create a payment</h2>
      <Code label="cURL">{`
curl -X POST ${facts.apiUrl}/api/v1/payments \\
  -H "Authorization: Bearer $AVOPAY_SECRET_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"amount":49.99,"currency":"EUR","redirect_url":"https://yoursite.com/order/complete"}'`}</Code>
      <Code label="Node.js">{`
const response = await fetch('${facts.apiUrl}/api/v1/payments', {
  method: 'POST',
  headers: {
    'Authorization': \`Bearer \${process.env.AVOPAY_SECRET_KEY}\`,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({ amount: 49.99, currency: 'EUR', metadata: { order_id: '1234' } }),
});
const { checkout_url } = await response.json();`}</Code>
      <h2 id="redirect">3. Send the customer to checkout_url</h2>
      <p>The page shows a Lightning invoice and a Liquid address for ten minutes, follows the payment live, and leads back to your shop.</p>
      <h2 id="hear">4. Ship when the webhook comes</h2>
      <p>
        <Words text="Deliver on `payment.confirmed`, never on the visitor’s return: the parameters of a return address can be typed by anybody." />{' '}
        See <a href="/docs/webhooks">webhooks</a>.
      </p>
      <Note>
        Refunds are yours: payments go straight to your wallet, so AvoPay cannot send anything back. Pay the customer from your wallet.
      </Note>
    </>
  );
}

export function Payments({ facts }: Page) {
  return (
    <>
      <h1>Payments</h1>
      <p class="lead">A payment asks for one amount, once, within ten minutes.</p>
      <h2 id="statuses">Statuses</h2>
      <Table
        label="Statuses"
        head={['status', 'means']}
        rows={[
          ['`pending`', 'Awaiting the customer. Also while a payment is seen but not settled.'],
          ['`paid`', 'Settled to your wallet: over Lightning our claim was accepted by the network; L-BTC was seen in the mempool.'],
          ['`expired`', 'Ten minutes went by without payment. L-BTC that comes late can still make it `paid`, with `late: true`.'],
        ]}
      />
      <h2 id="amounts">Amounts</h2>
      <p>
        <Words text="Nine currencies: EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK, BRL. Send a number or a clean decimal string; `amount_sats` is what the customer pays by either method, rounded up. The smallest payment is worth 1000 sats." />
      </p>
      <h2 id="odd">What comes otherwise than asked</h2>
      <Table
        label="Exceptions"
        head={['exception', 'means']}
        rows={[
          ['`underpaid`', 'Less than asked had come when the time was up.'],
          ['`overpaid`', 'More than asked came; all of it is yours.'],
          ['`paid_twice`', 'Lightning and L-BTC were both paid.'],
          ['`payout_lost`', 'The payer paid, and the swap’s coins were double-spent before they were mined.'],
          ['`dropped`', 'The L-BTC transaction left the mempool again.'],
        ]}
      />
      <h2 id="retry">Asking again safely</h2>
      <p>
        <Words text="Send an `Idempotency-Key` of your own: the same key with the same body answers the same payment for 24 hours." />
      </p>
      <Code label="Polling">{`curl ${facts.apiUrl}/api/v1/payments/pmt_… -H "Authorization: Bearer $AVOPAY_SECRET_KEY"`}</Code>
      <Note>
        There is no refund call. The money is in your wallet and only you can send it back; a late or double payment is yours to settle with
        the customer.
      </Note>
    </>
  );
}

export function Links({ facts }: Page) {
  return (
    <>
      <h1>Payment links</h1>
      <p class="lead">A reusable page that needs no server: for a product, a booking, a tip.</p>
      <Code label="cURL">{`
curl -X POST ${facts.apiUrl}/api/v1/payment-links \\
  -H "Authorization: Bearer $AVOPAY_SECRET_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"title":"1hr Consultation","amount_fiat":150.00,"currency":"USD"}'`}</Code>
      <p>
        <Words text="With `amount_fiat` the price is fixed for good; without it the payer chooses. Share `url`, or put it behind a button:" />
      </p>
      <Code label="HTML">{`
<a href="${facts.publicUrl}/pay/lnk_…" style="display:inline-block;background:#E65C00;color:#fff;
  padding:10px 22px;border-radius:8px;text-decoration:none;font-family:sans-serif;font-weight:600;">
  Pay with Bitcoin
</a>`}</Code>
      <h2 id="payers">What payers do</h2>
      <p>
        <Words text="Looking at the page starts nothing, so previews and bots cost nothing. Webhooks of link payments carry `link_id`. Switch a link off with `DELETE`; sessions that are open go on." />
      </p>
    </>
  );
}

export function Sdk({ facts }: Page) {
  return (
    <>
      <h1>JS SDK</h1>
      <p class="lead">Creates a payment from a page and sends the customer to the checkout. No server needed; under 1.5 kB packed.</p>
      <Code label="HTML">{`
<script src="${facts.publicUrl}/js/avopay.js"></script>
<button onclick="payNow()">Pay €9.99 with Bitcoin</button>
<script>
  function payNow() {
    AvoPay.pay({
      publishableKey: 'ak_pub_YOUR_KEY',
      amount: 9.99,
      currency: 'EUR',
      redirectUrl: 'https://yoursite.com/thank-you',
      onError: err => alert(err.message),
    });
  }
</script>`}</Code>
      <Note>
        <Words text="A visitor can change what a browser sends. Compare `amount_fiat` in your webhook with your order before you deliver." />
      </Note>
      <Table
        label="Options"
        head={['option', 'is']}
        rows={[
          ['`publishableKey`', 'Required. Your `ak_pub_` key; secret keys are refused.'],
          ['`amount`, `currency`', 'Required. As in the API.'],
          ['`redirectUrl`', 'Where the customer returns.'],
          ['`metadata`', 'Key/value pairs, at most 2 KB.'],
          ['`onError`', 'Called with an `Error` in the API’s words. Default: `console.error`.'],
        ]}
      />
      <p>
        <Words text="`AvoPay.pay` never rejects and ignores a second click. `AvoPay.create` takes the same options, answers the session without leaving the page, and rejects. `data-api` on the script names another API host." />
      </p>
      <h2 id="pin">Pinned by its hash</h2>
      <p>
        This address holds exactly these bytes. It ends when this server gets another release: for a pin that lasts, serve the file from
        your own site.
      </p>
      <Code label="Pinned HTML">{`
<script src="${facts.publicUrl}${facts.sdk.path}"
  integrity="${facts.sdk.integrity}" crossorigin="anonymous"></script>`}</Code>
      <h2 id="modules">Modules, bundlers, Node</h2>
      <Code label="JavaScript">{`
const AvoPay = require('./avopay.js');
// or: import AvoPay from './avopay.js'   (bundlers, Node)
// or: import AvoPay from '${facts.publicUrl}/js/avopay.mjs'   (browsers, type="module")
await AvoPay.pay({ publishableKey: 'ak_pub_…', amount: 9.99, currency: 'EUR' });`}</Code>
      <p>
        <Words text="Where there is no page, as in Node, `pay` answers the session instead of redirecting. In a folder whose package says `type: module`, use `avopay.mjs`." />
      </p>
    </>
  );
}
