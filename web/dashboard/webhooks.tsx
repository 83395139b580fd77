import type { ResultOf } from 'gql.tada';
import { useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction, useLive } from './hooks.ts';
import { Copy, Dialog, Field, Form, Refused, Waiting, When } from './pieces.tsx';

const ENDPOINTS = graphql(`query Endpoints($failedOnly: Boolean) {
  webhookEndpoints {
    id url status mode hasSecret isDefault failingSince restsUntil
    deliveries(first: 12, failedOnly: $failedOnly) { edges { node {
      id status createdAt nextAttemptAt event { type subjectId }
      attempts { deliveryId number httpStatus errorCode durationMs requestBody requestHeaders responseHead }
    } } }
  }
}`);
const TRIES = graphql(`subscription Tries { deliveryUpdated { id } }`);
const SAVE = graphql(`mutation SaveEndpoint($input: WebhookEndpointInput!) {
  result: saveWebhookEndpoint(input: $input) { __typename ... on NewWebhookEndpoint { secret } ... on Refusal { code message } }
}`);
const ROTATE = graphql(`mutation RotateSecret($id: ID!) {
  result: rotateWebhookSecret(id: $id) { __typename ... on NewWebhookEndpoint { secret } ... on Refusal { code message } }
}`);
const REMOVE = graphql(`mutation RemoveEndpoint($id: ID!) {
  result: deleteWebhookEndpoint(id: $id) { __typename ... on Done { ok } ... on Refusal { code message } }
}`);
const TEST = graphql(`mutation SendTest($id: ID!) {
  result: sendTestEvent(endpointId: $id) {
    __typename
    ... on Delivery { attempts { httpStatus errorCode durationMs responseHead } }
    ... on Refusal { code message }
  }
}`);
const AGAIN = graphql(`mutation Again($id: ID!) {
  result: redeliver(deliveryId: $id) { __typename ... on Delivery { id } ... on Refusal { code message } }
}`);

type Endpoint = ResultOf<typeof ENDPOINTS>['webhookEndpoints'][number];
type Delivery = Endpoint['deliveries']['edges'][number]['node'];
type Try = { readonly httpStatus: number | null; readonly errorCode: string | null; readonly durationMs: number | null };
const STATUS_WORDS = { CANCELLED: 'Called off', DELIVERED: 'Delivered', EXHAUSTED: 'Given up', PENDING: 'Being tried' } as const;
const LOOKS = { CANCELLED: 'expired', DELIVERED: 'paid', EXHAUSTED: 'bad', PENDING: 'pending' } as const;

export function Webhooks() {
  const [failedOnly, setFailedOnly] = useState(false);
  const { data, no, reload } = useLive(ENDPOINTS, { failedOnly }, { subscription: TRIES });
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const saved = (text: string | null) => {
    setAdding(false);
    setSecret(text);
    reload();
  };
  return (
    <>
      <div class="head">
        <h1>Webhooks</h1>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          Add endpoint
        </button>
      </div>
      {!data && <Waiting no={no} retry={reload} />}
      {data?.webhookEndpoints.length === 0 && (
        <p class="card empty">Tell AvoPay where your server listens, and it hears of every payment within seconds, signed.</p>
      )}
      {data && data.webhookEndpoints.length > 0 && (
        <label class="check">
          <input type="checkbox" checked={failedOnly} onChange={(event) => setFailedOnly(event.currentTarget.checked)} />
          <span>Only what was given up</span>
        </label>
      )}
      {data?.webhookEndpoints.map((endpoint) => (
        <EndpointCard key={endpoint.id} endpoint={endpoint} failedOnly={failedOnly} saved={saved} />
      ))}
      {adding && <AddEndpoint onClose={() => setAdding(false)} onSaved={saved} />}
      {secret !== null && (
        <Dialog title="Your signing secret" onClose={() => setSecret(null)}>
          <p>Copy it now: it is not shown again. Your server checks with it that a webhook is ours.</p>
          <p class="code">{secret}</p>
          <Copy text={secret} label="Copy secret" />
        </Dialog>
      )}
    </>
  );
}

function AddEndpoint(props: { readonly onClose: () => void; readonly onSaved: (secret: string | null) => void }) {
  const { busy, no, run } = useAction();
  const onSend = async ({ url = '', mode }: { readonly [name: string]: string }) => {
    const input = { url, mode: mode === 'TEST' ? ('TEST' as const) : ('LIVE' as const) };
    const made = await run(() => ask(SAVE, { input }));
    if (made?.result.__typename === 'NewWebhookEndpoint') props.onSaved(made.result.secret);
  };
  return (
    <Dialog title="Add endpoint" onClose={props.onClose}>
      <Form onSend={(typed) => void onSend(typed)} busy={busy} no={no} button="Add">
        <Field
          label="Address"
          name="url"
          type="url"
          hint="https, on the public internet. For your own machine use a tunnel."
          input={{ required: true, placeholder: 'https://' }}
        />
        <p class="field">
          <label for="mode">Events of</label>
          <select id="mode" name="mode">
            <option value="LIVE">Real payments</option>
            <option value="TEST">Test payments</option>
          </select>
        </p>
      </Form>
    </Dialog>
  );
}

type CardProps = { readonly endpoint: Endpoint; readonly failedOnly: boolean; readonly saved: (secret: string | null) => void };
function EndpointCard({ endpoint, failedOnly, saved }: CardProps) {
  const { busy, no, run } = useAction();
  const [sure, setSure] = useState(false);
  const paused = endpoint.status === 'PAUSED';
  const rotate = async () => {
    const made = await run(() => ask(ROTATE, { id: endpoint.id }));
    if (made?.result.__typename === 'NewWebhookEndpoint') saved(made.result.secret);
  };
  const change = async () => {
    if (await run(() => ask(SAVE, { input: { id: endpoint.id, status: paused ? 'ENABLED' : 'PAUSED' } }))) saved(null);
  };
  const remove = async () => {
    setSure(false);
    if (await run(() => ask(REMOVE, { id: endpoint.id }))) saved(null);
  };
  const deliveries = endpoint.deliveries.edges.map(({ node }) => node);
  return (
    <section class="card" aria-label={`Endpoint ${endpoint.url}`}>
      <h2 class="wrap">{endpoint.url}</h2>
      <p class="mute">
        {endpoint.mode === 'TEST' ? 'Test payments' : 'Real payments'}, {endpoint.hasSecret ? 'signed' : 'not signed'}
        {paused ? ', paused' : ''}
      </p>
      {endpoint.failingSince && (
        <p class="notice bad">
          Nothing has got through since <When at={endpoint.failingSince} />. We keep trying.
        </p>
      )}
      <div class="buttons">
        <SendTest id={endpoint.id} />
        <button type="button" class="button small" aria-disabled={busy} onClick={() => void rotate()}>
          Roll secret
        </button>
        <button type="button" class="button small" aria-disabled={busy} onClick={() => void change()}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <button type="button" class="button small" onClick={() => setSure(true)}>
          Delete
        </button>
      </div>
      <Refused no={no} />
      <h3>Deliveries</h3>
      {deliveries.length === 0 && <p class="mute">{failedOnly ? 'Nothing was given up.' : 'Nothing was sent yet.'}</p>}
      <ul class="plain items">
        {deliveries.map((delivery) => (
          <DeliveryRow key={delivery.id} delivery={delivery} />
        ))}
      </ul>
      {sure && (
        <Dialog title="Delete this endpoint?" onClose={() => setSure(false)}>
          <p class="wrap">{endpoint.url} hears of nothing any more. What is on its way is called off.</p>
          <button type="button" class="button primary" onClick={() => void remove()}>
            Delete it
          </button>
        </Dialog>
      )}
    </section>
  );
}

function SendTest({ id }: { readonly id: string }) {
  const { busy, no, run } = useAction();
  const [said, setSaid] = useState<string | null>(null);
  const test = async () => {
    setSaid(null);
    const sent = await run(() => ask(TEST, { id }));
    if (sent?.result.__typename !== 'Delivery') return;
    const last = sent.result.attempts.at(-1);
    setSaid(last ? `${tryText(last)} ${last.responseHead ?? ''}` : 'It is on its way.');
  };
  return (
    <>
      <button type="button" class="button small primary" aria-disabled={busy} onClick={() => void test()}>
        {busy ? 'Sending…' : 'Send test'}
      </button>
      <div class="said" role="status">
        {said && <p class="notice">{said}</p>}
        {no && <p class="notice bad">{no.message}</p>}
      </div>
    </>
  );
}

function tryText({ httpStatus, errorCode, durationMs }: Try): string {
  const took = durationMs === null ? '' : ` after ${durationMs} ms`;
  if (httpStatus !== null) return `Your server answered ${httpStatus}${took}.`;
  return errorCode === null ? 'No answer yet.' : `No answer${took}: ${errorCode.replaceAll('_', ' ')}.`;
}

function DeliveryRow({ delivery }: { readonly delivery: Delivery }) {
  const { no, busy, run } = useAction();
  const [done, setDone] = useState(false);
  const again = async () => setDone((await run(() => ask(AGAIN, { id: delivery.id }))) !== null);
  return (
    <li>
      <details class="item-main">
        <summary>
          <code>{delivery.event.type}</code> <When at={delivery.createdAt} />
        </summary>
        {delivery.attempts.map((attempt) => (
          <div key={attempt.deliveryId}>
            <p>
              Try {attempt.number} of 4. {tryText(attempt)}
            </p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
            <pre class="code" tabIndex={0}>
              {Object.entries(attempt.requestHeaders)
                .map(([name, value]) => `${name}: ${String(value)}`)
                .join('\n')}
              {`\n\n${attempt.requestBody}`}
            </pre>
            {attempt.responseHead && <p class="code">{attempt.responseHead}</p>}
          </div>
        ))}
        {delivery.nextAttemptAt && (
          <p class="mute">
            Tried again <When at={delivery.nextAttemptAt} />
          </p>
        )}
        <Refused no={no} />
      </details>
      <span class={`badge ${LOOKS[delivery.status]}`}>{STATUS_WORDS[delivery.status]}</span>
      <button type="button" class="button small" aria-disabled={busy} onClick={() => void again()}>
        {done ? 'Sent again' : 'Send again'}
      </button>
    </li>
  );
}
