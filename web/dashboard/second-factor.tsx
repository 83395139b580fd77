import { useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction } from './hooks.ts';
import { Copy, Field, Form, Qr, Refused } from './pieces.tsx';

const TOTP = graphql(`mutation SetTotp($secret: String, $code: String) {
  result: setTotp(secret: $secret, code: $code) { __typename ... on Done { ok } ... on Refusal { code message } }
}`);
const CODES = graphql(`mutation MakeCodes {
  result: makeRecoveryCodes { __typename ... on RecoveryCodes { codes } ... on Refusal { code message } }
}`);

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** 32 letters of five bits: 160 bits, as RFC 4226 recommends. */
function newSecret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => BASE32[byte % BASE32.length]).join('');
}

/** Codes of an authenticator app beside the password. The secret is made here and shown here; the server keeps it sealed. */
export function SecondFactor({ on, passkeys, reload }: { readonly on: boolean; readonly passkeys: number; readonly reload: () => void }) {
  const { busy, no, run } = useAction();
  const [secret, setSecret] = useState<string | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const makeCodes = async () => {
    const made = await run(() => ask(CODES, {}));
    if (made?.result.__typename === 'RecoveryCodes') setCodes(made.result.codes);
  };
  const turnOn = async (code: string) => {
    if (!(await run(() => ask(TOTP, { secret, code: code.trim() })))) return;
    setSecret(null);
    reload();
    await makeCodes();
  };
  const turnOff = async () => {
    if (await run(() => ask(TOTP, { secret: null, code: null }))) reload();
  };
  return (
    <section class="card" aria-labelledby="factor">
      <h2 id="factor">Second factor</h2>
      <p>{stateWords(on, passkeys > 0)}</p>
      {!on && !secret && (
        <button type="button" class="button" onClick={() => setSecret(newSecret())}>
          Use an authenticator app
        </button>
      )}
      {!on && secret && <Begin secret={secret} busy={busy} no={no} onCode={(code) => void turnOn(code)} />}
      {(on || passkeys > 0) && (
        <div class="buttons">
          <button type="button" class="button small" aria-disabled={busy} onClick={() => void makeCodes()}>
            New recovery codes
          </button>
          {on && (
            <button type="button" class="button small" aria-disabled={busy} onClick={() => void turnOff()}>
              Turn off the app
            </button>
          )}
        </div>
      )}
      {!secret && <Refused no={no} />}
      {codes && (
        <div role="status">
          <p>Each of these codes works once instead of the app. Keep them on paper: they are not shown again.</p>
          <p class="code">{codes.join(' ')}</p>
          <Copy text={codes.join('\n')} label="Copy codes" />
        </div>
      )}
    </section>
  );
}

function stateWords(app: boolean, passkey: boolean): string {
  if (app && passkey) return 'A code of your authenticator app or a passkey is asked for at every sign-in.';
  if (app) return 'Codes of your authenticator app are asked for at every sign-in.';
  if (passkey) return 'A passkey is asked for at every sign-in. Keep recovery codes on paper: without them a lost device locks you out.';
  return 'Only your password protects this account.';
}

type BeginProps = {
  readonly secret: string;
  readonly busy: boolean;
  readonly no: { readonly code: string; readonly message: string } | null;
  readonly onCode: (code: string) => void;
};
function Begin({ secret, busy, no, onCode }: BeginProps) {
  return (
    <>
      <p>Scan this with the app, then type the code that it shows.</p>
      <Qr text={`otpauth://totp/AvoPay?secret=${secret}&issuer=AvoPay`} label="QR code for your authenticator app" />
      <p class="code">{secret}</p>
      <Form onSend={({ code = '' }) => onCode(code)} busy={busy} no={no} button="Turn on">
        <Field label="Code" name="code" input={{ autocomplete: 'one-time-code', inputMode: 'numeric', required: true }} />
      </Form>
    </>
  );
}
