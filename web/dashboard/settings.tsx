import type { ResultOf } from 'gql.tada';
import { useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction, useLive } from './hooks.ts';
import { Logo } from './logo.tsx';
import { Passkeys } from './passkeys.tsx';
import { Field, Form, Refused, Waiting, When } from './pieces.tsx';
import { SecondFactor } from './second-factor.tsx';

const SETTINGS = graphql(`query Settings {
  account {
    name merchant { brandColour logoUrl }
    settings { grossUp minConfirmations toleranceSats whenLightningIsDown redirectHosts frameOrigins }
  }
  viewer { email emailVerified totp sessions { id current ip userAgent lastSeenAt } passkeys { id label createdAt } }
  auditTrail(first: 20) { edges { node { id action createdAt ip actor } } }
}`);
const EVENTS = graphql(`subscription SettingsEvents { eventAdded { id } }`);
const SAVE = graphql(`mutation SaveSettings($input: AccountSettingsInput!) {
  result: updateAccount(input: $input) { __typename ... on Account { id } ... on Refusal { code message } }
}`);
const PASSWORD = graphql(`mutation ChangePassword($current: String, $password: String) {
  result: changePassword(current: $current, password: $password) { __typename ... on Done { ok } ... on Refusal { code message } }
}`);
const VERIFY = graphql(`mutation SendVerification {
  result: requestEmailVerification { __typename ... on Done { ok } ... on Refusal { code message } }
}`);
const END = graphql(`mutation EndSession($id: ID!) {
  result: endSession(id: $id) { __typename ... on Done { ok } ... on Refusal { code message } }
}`);
type Data = ResultOf<typeof SETTINGS>;
type Account = NonNullable<Data['account']>;
type Viewer = NonNullable<Data['viewer']>;

export function Settings() {
  const { data, no, reload } = useLive(SETTINGS, {}, { subscription: EVENTS });
  return (
    <>
      <h1>Settings</h1>
      {!data && <Waiting no={no} retry={reload} />}
      {data?.account && <Shop account={data.account} reload={reload} />}
      {data?.viewer && <Person viewer={data.viewer} />}
      {data?.viewer && <SecondFactor on={data.viewer.totp} passkeys={data.viewer.passkeys.length} reload={reload} />}
      {data?.viewer && <Passkeys passkeys={data.viewer.passkeys} reload={reload} />}
      {data?.viewer && <Sessions viewer={data.viewer} reload={reload} />}
      {data && <Audit rows={data.auditTrail?.edges.map(({ node }) => node) ?? []} />}
    </>
  );
}

function Shop({ account, reload }: { readonly account: Account; readonly reload: () => void }) {
  const { busy, no, run } = useAction();
  const [saved, setSaved] = useState(false);
  const { settings } = account;
  const onSend = async (typed: { readonly [name: string]: string }) => {
    setSaved(false);
    const { name = '', brandColour = '', toleranceSats = '0', minConfirmations = '0', whenLightningIsDown = 'refuse' } = typed;
    const redirectHosts = (typed['redirectHosts'] ?? '').split(/[\s,]+/).filter((host) => host !== '');
    const input = {
      ...{ name, brandColour: brandColour.trim() || null, toleranceSats, minConfirmations, whenLightningIsDown, redirectHosts },
      grossUp: typed['grossUp'] === 'on',
    };
    if (!(await run(() => ask(SAVE, { input })))) return;
    setSaved(true);
    reload();
  };
  return (
    <section class="card" aria-labelledby="shop">
      <h2 id="shop">Your shop</h2>
      <Logo name={account.name} url={account.merchant.logoUrl} reload={reload} />
      <Form onSend={(typed) => void onSend(typed)} busy={busy} no={no} button="Save">
        <Field label="Name" name="name" hint="Payers see it." input={{ required: true, maxLength: 80, defaultValue: account.name }} />
        <Field
          label="Colour"
          name="brandColour"
          hint="Such as #e65c00; empty for ours."
          input={{ defaultValue: account.merchant.brandColour ?? '' }}
        />
        <Field
          label="L-BTC payers may fall short by (sats)"
          name="toleranceSats"
          input={{ inputMode: 'numeric', defaultValue: settings.toleranceSats }}
        />
        <Field
          label="Blocks that L-BTC needs to count as paid"
          name="minConfirmations"
          hint="0 to 2. A block comes every minute."
          input={{ inputMode: 'numeric', defaultValue: String(settings.minConfirmations) }}
        />
        <p class="field">
          <label for="down">While Lightning cannot be offered</label>
          <select id="down" name="whenLightningIsDown">
            <option value="refuse" selected={settings.whenLightningIsDown === 'REFUSE'}>
              Refuse new payments
            </option>
            <option value="liquid_only" selected={settings.whenLightningIsDown === 'LIQUID_ONLY'}>
              Take L-BTC alone
            </option>
          </select>
        </p>
        <Field
          label="Websites that payers may be sent back to"
          name="redirectHosts"
          hint="For publishable keys and links; empty: any."
          input={{ defaultValue: settings.redirectHosts.join(', ') }}
        />
        <label class="check">
          <input type="checkbox" name="grossUp" defaultChecked={settings.grossUp} />
          <span>The payer bears what Lightning costs</span>
        </label>
      </Form>
      <p role="status">{saved ? 'Saved.' : ''}</p>
    </section>
  );
}

function Person({ viewer }: { readonly viewer: Viewer }) {
  const password = useAction();
  const mail = useAction();
  const [said, setSaid] = useState('');
  const change = async (current: string, next: string) => {
    if (await password.run(() => ask(PASSWORD, { current, password: next })))
      setSaid('Your password is changed. Other browsers were signed out.');
  };
  const verify = async () => {
    if (await mail.run(() => ask(VERIFY, {}))) setSaid('The mail is on its way.');
  };
  return (
    <section class="card" aria-labelledby="person">
      <h2 id="person">You</h2>
      <p class="wrap">
        {viewer.email} {viewer.emailVerified ? <span class="badge paid">Confirmed</span> : <span class="badge pending">Not confirmed</span>}
      </p>
      {!viewer.emailVerified && (
        <button type="button" class="button small" onClick={() => void verify()}>
          Send the mail again
        </button>
      )}
      <Refused no={mail.no} />
      <details>
        <summary>Change your password</summary>
        <Form
          onSend={({ current = '', next = '' }) => void change(current, next)}
          busy={password.busy}
          no={password.no}
          button="Change password"
        >
          <Field label="Present password" name="current" type="password" input={{ autocomplete: 'current-password', required: true }} />
          <Field label="New password" name="next" type="password" input={{ autocomplete: 'new-password', required: true, minLength: 8 }} />
        </Form>
      </details>
      <p role="status">{said}</p>
    </section>
  );
}

function Sessions({ viewer, reload }: { readonly viewer: Viewer; readonly reload: () => void }) {
  const { no, run } = useAction();
  const end = async (id: string) => {
    if (await run(() => ask(END, { id }))) reload();
  };
  return (
    <section class="card" aria-labelledby="sessions">
      <h2 id="sessions">Signed in browsers</h2>
      <Refused no={no} />
      <ul class="plain items">
        {viewer.sessions.map(({ id, current, ip, userAgent, lastSeenAt }) => (
          <li key={id}>
            <div class="item-main wrap">
              {userAgent || 'A browser'}
              <p class="mute">
                {ip}, last seen <When at={lastSeenAt} />
              </p>
            </div>
            {current ? (
              <span class="badge paid">This one</span>
            ) : (
              <button type="button" class="button small" aria-label={`Sign out the browser at ${ip}`} onClick={() => void end(id)}>
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

type AuditRow = {
  readonly id: string;
  readonly action: string;
  readonly createdAt: string;
  readonly ip: string | null;
  readonly actor: string;
};
function Audit({ rows }: { readonly rows: readonly AuditRow[] }) {
  return (
    <section class="card" aria-labelledby="audit">
      <h2 id="audit">What was done to this account</h2>
      <ul class="plain">
        {rows.map(({ id, action, createdAt, ip, actor }) => (
          <li key={id} class="wrap">
            <When at={createdAt} /> <b>{action.replace('.', ' ').replaceAll('_', ' ')}</b>{' '}
            <small class="mute">
              by {actor} {ip ? `from ${ip}` : ''}
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}
