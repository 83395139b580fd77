import type { DocsFacts } from './contract.ts';
import { Code, Note, Table, Words } from './pieces.tsx';

type Page = { readonly facts: DocsFacts };

export function Webhooks({ facts }: Page) {
  return (
    <>
      <h1>Webhooks</h1>
      <p class="lead">A signed POST to your server when something happens to a payment.</p>
      <Table
        label="Events"
        head={['event', 'when']}
        rows={[
          [
            '`payment.confirmed`',
            'Paid: over Lightning, or L-BTC seen in the mempool. Also after an earlier `payment.expired`, when money came late.',
          ],
          ['`payment.expired`', 'The session ended without payment.'],
          ['`payment.test`', 'You asked for a test. It has `"test": true`.'],
        ]}
      />
      <Code label="Body">{`
{
  "event": "payment.confirmed",
  "payment_id": "pmt_…",
  "link_id": null,
  "amount_fiat": 49.99,
  "currency": "EUR",
  "amount_sats": 62341,
  "metadata": { "order_id": "1234" },
  "settled_at": "2026-05-15T14:09:41.000Z"
}`}</Code>
      <NameEndpoint facts={facts} />
      <h2 id="verify">Verify the signature</h2>
      <p>
        <Words text="`X-AvoPay-Signature` is `sha256=` and the HMAC-SHA256 of the raw body. Use the raw bytes, not a parsed object." />
      </p>
      <Code label="Express">{`
const crypto = require('crypto');
app.post('/webhooks/avopay', express.raw({ type: 'application/json' }), (req, res) => {
  const expected = Buffer.from('sha256=' + crypto
    .createHmac('sha256', process.env.AVOPAY_WEBHOOK_SECRET).update(req.body).digest('hex'));
  const signature = Buffer.from(req.headers['x-avopay-signature'] ?? '');
  if (signature.length !== expected.length || !crypto.timingSafeEqual(signature, expected)) return res.sendStatus(401);
  const event = JSON.parse(req.body.toString());
  if (event.event === 'payment.confirmed') markPaid(event.payment_id); // only if it is not paid yet
  res.sendStatus(200);
});`}</Code>
      <h2 id="delivery">Delivery</h2>
      <p>
        <Words text="Any 2xx within ten seconds is success; redirects are not followed. A failed delivery is tried four times in all: at once, then 60 s, 5 min and 15 min after the failure before. The same event may come more than once and not in order: use `payment_id` as your key." />
      </p>
      <Table
        label="Headers"
        head={['header', 'is']}
        rows={[
          ['`X-AvoPay-Signature`', 'The signature, if a secret is set.'],
          ['`X-AvoPay-Delivery-ID`', 'Another one for each attempt.'],
          ['`X-AvoPay-Event-ID`', 'The same for all attempts of an event: drop repeats by it.'],
          ['`X-AvoPay-Attempt`, `X-AvoPay-Timestamp`', 'Which attempt, and when.'],
          ['`webhook-id`, `webhook-timestamp`, `webhook-signature`', 'The same as Standard Webhooks has it, for its libraries.'],
          ['`X-AvoPay-Created-At`, `X-AvoPay-Sequence`', 'When the event happened, and its place in your log.'],
        ]}
      />
      <h2 id="missed">What you missed</h2>
      <p>
        <Words text="`GET /api/v1/webhook-endpoints/:id/deliveries` shows every try and what came back; `POST /api/v1/deliveries/:id/redeliver` sends one again. After an outage, `POST /api/v1/webhook-endpoints/:id/replay` with `after` sends everything behind that sequence, and `GET /api/v1/events?after=` reads the same log without any webhook." />
      </p>
    </>
  );
}

function NameEndpoint({ facts }: Page) {
  return (
    <>
      <h2 id="endpoint">Name your endpoint</h2>
      <Code label="cURL">{`
curl -X POST ${facts.apiUrl}/api/v1/webhook-endpoints \\
  -H "Authorization: Bearer $AVOPAY_SECRET_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"url":"https://yoursite.com/webhooks/avopay"}'`}</Code>
      <p>
        <Words text="The answer holds `secret`, once: it signs your events. The address has to be https on the public internet; for a server on your desk use a tunnel. `POST /api/v1/webhook-endpoints/:id/test` sends `payment.test` and answers what your server said. `POST …/rotate-secret` makes a new secret; the one before signs beside it for 24 hours." />
      </p>
    </>
  );
}

export function Agents({ facts }: Page) {
  return (
    <>
      <h1>AI agent onboarding</h1>
      <p class="lead">Four calls, no browser: register, pay an invoice, poll for the key, connect a wallet.</p>
      <p>1. Register:</p>
      <Code label="1. Register">{`
curl -s -X POST ${facts.apiUrl}/api/v1/account/register \\
  -H "Content-Type: application/json" \\
  -d '{"email":"agent@yoursite.com","password":"YourSecurePass123","plan":"monthly","terms_accepted":true}'`}</Code>
      <p>2. Pay the invoice of the answer from any Lightning wallet.</p>
      <p>3. Poll for the key:</p>
      <Code label="3. Poll">{`curl -s ${facts.apiUrl}/api/v1/account/register/status/REGISTRATION_ID`}</Code>
      <p>
        <Words text="Poll every five seconds. The first `active` answer holds `api_key`, once: save it before anything else. A lost key cannot be shown again; sign in with email and password and make a new one." />
      </p>
      <p>4. Connect a wallet:</p>
      <Code label="4. Connect a wallet">{`
curl -s -X POST ${facts.apiUrl}/api/v1/connect/descriptor \\
  -H "Authorization: Bearer ak_live_…" -H "Content-Type: application/json" \\
  -d '{"lbtc_descriptor":"ct(slip77(…),elsh(wpkh(…/0/*)))","btcln_descriptor":"ct(slip77(…),elsh(wpkh(…/0/*)))"}'`}</Code>
      <p>
        Use a wallet of its own for this. AvoPay can see what comes to it and make new addresses; it can never spend. A second wallet is
        refused with 409.
      </p>
      <p>
        <Words text="Compare `first_address` of the answer with what the wallet shows. Without a descriptor, `POST /api/v1/connect/offers` answers an address that AQUA connects by when it scans it as a QR code." />
      </p>
      <h2 id="later">Later</h2>
      <p>
        <Words text="`GET /api/v1/account` says until when the plan is paid, as `renews_at`; `POST /api/v1/account/subscription` answers the invoice for another period. Webhooks need no browser either: " />
        <a href="/docs/webhooks#endpoint">name an endpoint</a>.
      </p>
      <h2 id="tools">Tools</h2>
      <p>
        Load <a href="/api/v1/openapi.json">openapi.json</a> into any OpenAPI-to-MCP converter. <a href="/llms.txt">llms.txt</a> says the
        essentials as plain text.
      </p>
      <Note>Refunds are made from your own wallet: no call of this API sends money.</Note>
    </>
  );
}

export function Errors({ facts }: Page) {
  const row = ({ status, error, code, meaning }: DocsFacts['errors'][number]) => [`${status}`, `\`${error}\``, `\`${code}\``, meaning];
  return (
    <>
      <h1>Errors and limits</h1>
      <p class="lead">
        <Words text="Every error is JSON: `error` in words, `code` for programs, `request_id` for questions." />
      </p>
      <Code label="Example">{`
HTTP/1.1 400 Bad Request
{ "error": "amount and currency are required", "code": "amount_and_currency_required", "request_id": "req_…" }`}</Code>
      <h2 id="common">The common ones</h2>
      <Table
        label="Common errors"
        head={['HTTP', 'error', 'code', 'means']}
        rows={facts.errors.filter(({ documented }) => documented).map(row)}
      />
      <p>What is judged first is said first: rate limit, key, kind of key, body, plan, wallet, provider.</p>
      <h2 id="all">All others</h2>
      <Table
        label="All other errors"
        head={['HTTP', 'error', 'code', 'means']}
        rows={facts.errors.filter(({ documented }) => !documented).map(row)}
      />
      <h2 id="limits">Rate limits</h2>
      <p>
        <Words text="Windows roll. Beyond a limit the answer is `429` with `Retry-After` in seconds: wait that long and the next request succeeds. `RateLimit` and `RateLimit-Policy` say where you stand. GraphQL counts in the same windows." />
      </p>
      <Table
        label="Rate limits"
        head={['what', 'requests', 'window', 'counted per']}
        rows={facts.limits.map(({ covers, limit, window, per }) => [covers, `${limit}`, window, per])}
      />
    </>
  );
}

export function Testing({ facts }: Page) {
  return (
    <>
      <h1>Testing in the sandbox</h1>
      <p class="lead">A whole world on one machine: real cryptography, a real database, no real money.</p>
      {facts.sandbox ? (
        <Note>
          This server is a sandbox. <a href="/sandbox">/sandbox</a> shows its keys and its clock, <a href="/graphql">/graphql</a> lets you
          try operations.
        </Note>
      ) : (
        <p>Start one with npm start. This server is not a sandbox; the addresses below exist there only.</p>
      )}
      <h2 id="keys">Test keys</h2>
      <p>
        <Words text="On every server, keys that start with `ak_test_` make payments that move no money. `POST /api/v1/payments/:payment_id/simulate` with `outcome` `paid` or `expired` ends one, with its webhook; its page has buttons for the same." />
      </p>
      <h2 id="control">The control routes of a sandbox</h2>
      <Table
        label="Control routes"
        head={['call', 'does']}
        rows={[
          ['`POST /sandbox/pay {"invoice"}`', 'The shopper pays a Lightning invoice.'],
          ['`POST /sandbox/send {"address","amount_sats"}`', 'The shopper sends L-BTC.'],
          ['`POST /sandbox/clock {"advance_s": 600}`', 'Moves the clock; what is due happens.'],
          ['`POST /sandbox/blocks {"count": 1}`', 'Mines.'],
          ['`POST /sandbox/inbox`', 'Makes an address that takes webhooks; `GET /sandbox/inbox/:id` shows them.'],
          ['`POST /sandbox/accounts {"plan","trial_used","wallet"}`', 'Makes an account with keys.'],
          ['`POST /sandbox/faults {"rates": "all_down"}`', 'Lets a part of the world fail or lie.'],
        ]}
      />
      <Code label="A whole payment">{`
curl -s -X POST ${facts.apiUrl}/api/v1/payments -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -d '{"amount":5,"currency":"EUR"}'
# open its checkout_url and press "Pay as the shopper"`}</Code>
      <h2 id="doctor">The doctor</h2>
      <p>
        <Words text="`npm run doctor -- --url URL` asks a sandbox every documented line over the wire and says which hold." />
      </p>
    </>
  );
}
