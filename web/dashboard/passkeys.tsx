import type { Answer } from './ask.ts';
import { useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction } from './hooks.ts';
import { dayText, Dialog, Field, Form, Refused } from './pieces.tsx';

const START = graphql(`mutation StartPasskey {
  result: startPasskey { __typename ... on PasskeyOptions { options } ... on Refusal { code message } }
}`);
const ADD = graphql(`mutation AddPasskey($response: JSONObject, $label: String) {
  result: addPasskey(response: $response, label: $label) { __typename ... on Done { ok } ... on Refusal { code message } }
}`);
const REMOVE = graphql(`mutation RemovePasskey($id: ID!) {
  result: removePasskey(id: $id) { __typename ... on Done { ok } ... on Refusal { code message } }
}`);

type Passkey = { readonly id: string; readonly label: string; readonly createdAt: string };
type Props = { readonly passkeys: readonly Passkey[]; readonly reload: () => void };

/** Authenticators that prove at sign-in who is there: this device, a telephone, a key on a ring. */
export function Passkeys({ passkeys, reload }: Props) {
  const [removing, setRemoving] = useState<string | null>(null);
  const removed = passkeys.find(({ id }) => id === removing);
  return (
    <section class="card" aria-labelledby="passkeys">
      <h2 id="passkeys">Passkeys</h2>
      <p>
        Beside your password, your device, your telephone or a security key can say that it is you. Once there is one here, every sign-in
        asks for it.
      </p>
      {passkeys.length > 0 && (
        <ul class="plain items">
          {passkeys.map(({ id, label, createdAt }) => (
            <li key={id}>
              <div class="item-main wrap">
                <b>{label}</b>
                <p class="mute">added {dayText(createdAt)}</p>
              </div>
              <button type="button" class="button small" aria-label={`Remove ${label}`} onClick={() => setRemoving(id)}>
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
      <AddPasskey reload={reload} />
      {removed && (
        <RemovePasskey
          passkey={removed}
          onClose={() => setRemoving(null)}
          onRemoved={() => {
            setRemoving(null);
            reload();
          }}
        />
      )}
    </section>
  );
}

function AddPasskey({ reload }: { readonly reload: () => void }) {
  const { busy, no, run } = useAction();
  const [naming, setNaming] = useState(false);
  if (!knowsPasskeys()) return <p class="mute">This browser knows no passkeys. Open this page in another one to add it there.</p>;
  const add = async (label: string) => {
    if (!(await run(() => makePasskey(label)))) return;
    setNaming(false);
    reload();
  };
  if (!naming) {
    return (
      <button type="button" class="button" onClick={() => setNaming(true)}>
        Add a passkey
      </button>
    );
  }
  return (
    <Form onSend={({ label = '' }) => void add(label)} busy={busy} no={no} button="Make it now">
      <Field label="What you call it" name="label" hint="Such as: laptop in the shop." input={{ required: true, maxLength: 80 }} />
    </Form>
  );
}

function RemovePasskey(props: { readonly passkey: Passkey; readonly onClose: () => void; readonly onRemoved: () => void }) {
  const { busy, no, run } = useAction();
  const remove = async () => {
    if (await run(() => ask(REMOVE, { id: props.passkey.id }))) props.onRemoved();
  };
  return (
    <Dialog title={`Remove ${props.passkey.label}?`} onClose={props.onClose}>
      <p>It no longer signs anybody in here. Your device still lists it until you delete it there too.</p>
      <Refused no={no} />
      <button type="button" class="button primary" aria-disabled={busy} onClick={() => void remove()}>
        Remove this passkey
      </button>
    </Dialog>
  );
}

const CALLED_OFF = {
  code: 'called_off',
  message: 'No passkey was made: it was called off, or this device has one for this account already.',
};

async function makePasskey(label: string): Promise<Answer<unknown>> {
  const started = await ask(START, {});
  if (!started.ok) return started;
  if (started.value.result.__typename !== 'PasskeyOptions') return { ok: false, no: CALLED_OFF };
  const response = await create(started.value.result.options);
  return response ? ask(ADD, { response, label }) : { ok: false, no: CALLED_OFF };
}

/** Null when the person thought better of it, or their device refused. */
async function create(options: unknown): Promise<{ readonly [name: string]: unknown } | null> {
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON); // as the server made it
    const credential = await navigator.credentials.create({ publicKey });
    return credential instanceof PublicKeyCredential ? { ...credential.toJSON() } : null;
  } catch {
    return null;
  }
}

function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
}
