import type { ResultOf } from 'gql.tada';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction, useLive } from './hooks.ts';
import { Copy, dayText, Dialog, Field, Form, Refused, Waiting, When } from './pieces.tsx';

const KEYS = graphql(`query Keys {
  account { publishableKey keys { id kind mode label hint createdAt lastUsedAt revokedAt expiresAt } }
}`);
const EVENTS = graphql(`subscription KeyEvents { eventAdded { id } }`);
const CREATE = graphql(`mutation CreateKey($input: CreateApiKeyInput!) {
  result: createApiKey(input: $input) { __typename ... on NewApiKey { plaintext } ... on Refusal { code message } }
}`);
const ROTATE = graphql(`mutation RotateKey($id: ID!) {
  result: rotateApiKey(id: $id) { __typename ... on NewApiKey { plaintext } ... on Refusal { code message } }
}`);
const REVOKE = graphql(`mutation RevokeKey($id: ID!) {
  result: revokeApiKey(id: $id) { __typename ... on ApiKey { id } ... on Refusal { code message } }
}`);
const PAY = graphql(`mutation FirstPayment($input: CreatePaymentInput!) {
  result: createPayment(input: $input) { __typename ... on PaymentSession { checkoutUrl } ... on Refusal { code message } }
}`);

type Key = NonNullable<ResultOf<typeof KEYS>['account']>['keys'][number];

export function Integration({ walletConnected }: { readonly walletConnected: boolean }) {
  const { data, no, reload } = useLive(KEYS, {}, { subscription: EVENTS });
  const [plaintext, setPlaintext] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const show = (text: string) => {
    setMaking(false);
    setPlaintext(text);
    reload();
  };
  const publishable = data?.account?.publishableKey ?? null;
  return (
    <>
      <div class="head">
        <h1>Integration</h1>
        <button type="button" class="button primary" onClick={() => setMaking(true)}>
          New key
        </button>
      </div>
      <section class="card" aria-labelledby="keys">
        <h2 id="keys">Keys</h2>
        <p class="mute">A secret key (ak_live_…) stays on your server. A publishable key (ak_pub_…) may stand in a web page.</p>
        {!data && <Waiting no={no} retry={reload} />}
        {data?.account?.keys.length === 0 && <p class="empty">There is no key yet. Make a secret key for your server.</p>}
        <ul class="plain items">
          {data?.account?.keys.map((key) => (
            <KeyRow key={key.id} apiKey={key} show={show} reload={reload} />
          ))}
        </ul>
      </section>
      <Samples publishable={publishable} />
      <TestPayment walletConnected={walletConnected} />
      {making && <NewKey onClose={() => setMaking(false)} onMade={show} />}
      {plaintext !== null && <ShownOnce text={plaintext} onClose={() => setPlaintext(null)} />}
    </>
  );
}

function KeyRow(props: { readonly apiKey: Key; readonly show: (text: string) => void; readonly reload: () => void }) {
  const { apiKey: key, reload } = props;
  const { no, run } = useAction();
  const [sure, setSure] = useState(false);
  const roll = async () => {
    const made = await run(() => ask(ROTATE, { id: key.id }));
    if (made?.result.__typename === 'NewApiKey') props.show(made.result.plaintext);
  };
  const revoke = async () => {
    setSure(false);
    if (await run(() => ask(REVOKE, { id: key.id }))) reload();
  };
  const ended = key.revokedAt !== null;
  return (
    <li>
      <div class="item-main">
        <h3>{key.label}</h3>
        <p class="mute">
          <code>{key.hint}</code> · {key.mode === 'TEST' ? 'test' : 'live'} {key.kind.toLowerCase()} key · since {dayText(key.createdAt)} ·{' '}
          {key.lastUsedAt ? (
            <>
              last used <When at={key.lastUsedAt} />
            </>
          ) : (
            'never used'
          )}
        </p>
        {key.expiresAt && !ended && <p class="mute">Ends {dayText(key.expiresAt)}</p>}
        <Refused no={no} />
      </div>
      {ended ? (
        <span class="badge expired">Revoked</span>
      ) : (
        <div class="buttons">
          <button type="button" class="button small" aria-label={`Roll ${key.label}, ${key.hint}`} onClick={() => void roll()}>
            Roll
          </button>
          <button type="button" class="button small" aria-label={`Revoke ${key.label}, ${key.hint}`} onClick={() => setSure(true)}>
            Revoke
          </button>
        </div>
      )}
      {sure && (
        <Dialog title={`Revoke ${key.label}?`} onClose={() => setSure(false)}>
          <p>
            Whatever uses the key <code>{key.hint}</code> stops working at once. This cannot be undone.
          </p>
          <button type="button" class="button primary" onClick={() => void revoke()}>
            Revoke this key
          </button>
        </Dialog>
      )}
    </li>
  );
}

function NewKey(props: { readonly onClose: () => void; readonly onMade: (text: string) => void }) {
  const { busy, no, run } = useAction();
  const onSend = async ({ label = '', kind = 'secret', mode = 'live' }: { readonly [name: string]: string }) => {
    const made = await run(() => ask(CREATE, { input: { label, kind, mode } }));
    if (made?.result.__typename === 'NewApiKey') props.onMade(made.result.plaintext);
  };
  return (
    <Dialog title="New key" onClose={props.onClose}>
      <Form onSend={(typed) => void onSend(typed)} busy={busy} no={no} button="Make key">
        <Field label="What it is for" name="label" input={{ required: true, maxLength: 80 }} />
        <p class="field">
          <label for="kind">Kind</label>
          <select id="kind" name="kind">
            <option value="secret">Secret, for a server</option>
            <option value="publishable">Publishable, for a web page</option>
          </select>
        </p>
        <p class="field">
          <label for="mode">Money</label>
          <select id="mode" name="mode">
            <option value="live">Real payments</option>
            <option value="test">Test payments</option>
          </select>
        </p>
      </Form>
    </Dialog>
  );
}

/** The only time that anybody sees it: it is kept in this page's memory until the dialog is closed. */
function ShownOnce({ text, onClose }: { readonly text: string; readonly onClose: () => void }) {
  return (
    <Dialog title="Your new key" onClose={onClose}>
      <p>Copy it now and keep it safe. It is not shown again.</p>
      <p class="code">{text}</p>
      <p class="buttons">
        <Copy text={text} label="Copy key" />
        <button type="button" class="button small primary" onClick={onClose}>
          I have saved it
        </button>
      </p>
    </Dialog>
  );
}

function Samples({ publishable }: { readonly publishable: string | null }) {
  const curl = [
    `curl -X POST ${location.origin}/api/v1/payments \\`,
    '  -H "Authorization: Bearer $AVOPAY_SECRET_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '{"amount":49.99,"currency":"EUR"}'`,
  ].join('\n');
  return (
    <section class="card" aria-labelledby="samples">
      <h2 id="samples">From your server</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre class="code" tabIndex={0}>
        {curl}
      </pre>
      <Copy text={curl} label="Copy" />
      {publishable && (
        <>
          <h3>Publishable key</h3>
          <p class="code">{publishable}</p>
          <Copy text={publishable} label="Copy" />
          <p class="mute">Amounts sent from a browser can be changed by the visitor. Check the amount in your webhook.</p>
        </>
      )}
      <p>
        <a href="/docs">Documentation</a> · <a href="/docs/sdk">SDK</a> · <a href="/docs/reference">Reference</a>
      </p>
    </section>
  );
}

function TestPayment({ walletConnected }: { readonly walletConnected: boolean }) {
  const { busy, no, run } = useAction();
  const [url, setUrl] = useState<string | null>(null);
  const pay = async () => {
    const made = await run(() => ask(PAY, { input: { amount: '1', currency: 'EUR', metadata: { note: 'Test from the dashboard' } } }));
    if (made?.result.__typename === 'PaymentSession') setUrl(made.result.checkoutUrl);
  };
  return (
    <section class="card" aria-labelledby="try">
      <h2 id="try">Try it</h2>
      <p>A real payment of one euro, to your own wallet. It counts once it is paid.</p>
      {walletConnected ? (
        <button type="button" class="button" aria-disabled={busy} onClick={() => void pay()}>
          Create a payment of €1
        </button>
      ) : (
        <p>
          <Link href="/setup">Connect your wallet first</Link>
        </p>
      )}
      <Refused no={no} />
      {url && (
        <p role="status">
          <a href={url} target="_blank" rel="noreferrer">
            Open its checkout page
          </a>
        </p>
      )}
    </section>
  );
}
