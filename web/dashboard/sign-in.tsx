import type { ComponentChildren } from 'preact';
import type { Answer } from './ask.ts';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { send } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction } from './hooks.ts';
import { Field, Form } from './pieces.tsx';

const SIGN_IN = graphql(`mutation SignIn($email: String, $password: String, $code: String, $passkey: JSONObject) {
  result: signIn(email: $email, password: $password, code: $code, passkey: $passkey) {
    __typename
    ... on SignedIn { needs passkeyOptions }
    ... on Refusal { code message retryAfterSeconds }
  }
}`);
const SIGN_UP = graphql(`mutation SignUp($email: String, $password: String, $name: String, $termsAccepted: Boolean) {
  result: signUp(email: $email, password: $password, name: $name, termsAccepted: $termsAccepted) {
    __typename
    ... on SignedIn { needs }
    ... on Refusal { code message retryAfterSeconds }
  }
}`);
const FORGOT = graphql(`mutation Forgot($email: String) {
  result: requestPasswordReset(email: $email) { __typename ... on Done { ok } ... on Refusal { code message retryAfterSeconds } }
}`);

/** Nobody is signed in: one card in the middle of the page. */
export function Outside(props: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="outside">
      <header>
        <a class="brand" href="/">
          AvoPay
        </a>
      </header>
      <main class="card">
        <h1>{props.title}</h1>
        {props.children}
      </main>
    </div>
  );
}

type Factors = { readonly needs: readonly string[]; readonly passkeyOptions: unknown };
type Typed = { readonly [name: string]: string };

/** Address and password first; then, where the account asks for it, the second factor. */
export function SignInForm(props: { readonly onDone: () => void; readonly button?: string }) {
  const { busy, no, run } = useAction();
  const [factors, setFactors] = useState<Factors | null>(null);
  const [first, setFirst] = useState<Typed>({});
  const attempt = async (typed: Typed, passkey: { readonly [name: string]: unknown } | null = null) => {
    const { email = '', password = '', code } = { ...first, ...typed };
    setFirst({ email, password });
    const done = await run(() => send(SIGN_IN, { email, password, code: code?.trim() || null, passkey }));
    if (done?.result.__typename !== 'SignedIn') return;
    const { needs, passkeyOptions } = done.result;
    if (needs.length === 0) props.onDone();
    else setFactors({ needs, passkeyOptions });
  };
  if (!factors) {
    return (
      <Form onSend={(typed) => void attempt(typed)} busy={busy} no={no} button={props.button ?? 'Sign in'}>
        <Field label="E-mail" name="email" type="email" input={{ autocomplete: 'username', required: true }} />
        <Field label="Password" name="password" type="password" input={{ autocomplete: 'current-password', required: true }} />
      </Form>
    );
  }
  return (
    <Form onSend={(typed) => void attempt(typed)} busy={busy} no={no} button="Continue">
      <Field
        label="Code"
        name="code"
        hint={
          factors.needs.includes('totp')
            ? 'The six digits that your authenticator app shows now, or one of your recovery codes.'
            : 'One of your recovery codes, if your passkey is lost.'
        }
        input={{ autocomplete: 'one-time-code', required: true }}
      />
      {factors.needs.includes('passkey') && (
        <button type="button" class="button" onClick={() => void askPasskey(factors.passkeyOptions).then((key) => key && attempt({}, key))}>
          Use a passkey
        </button>
      )}
    </Form>
  );
}

/** Null when the person thought better of it, or the browser knows no passkeys. */
async function askPasskey(options: unknown): Promise<{ readonly [name: string]: unknown } | null> {
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON); // as the server made it
    const credential = await navigator.credentials.get({ publicKey });
    return credential instanceof PublicKeyCredential ? { ...credential.toJSON() } : null;
  } catch {
    return null; // called off, or not supported: the form stays
  }
}

export function SignInPage(props: { readonly onDone: () => void }) {
  return (
    <Outside title="Sign in">
      <SignInForm onDone={props.onDone} />
      <p class="below">
        <Link href="/forgot">Forgot your password?</Link> <Link href="/sign-up">Create an account</Link>
      </p>
    </Outside>
  );
}

export function SignUpPage(props: { readonly onDone: () => void }) {
  const { busy, no, run } = useAction();
  const [terms, setTerms] = useState(false);
  const onSend = async ({ email = '', password = '', name = '' }: Typed) => {
    const done = await run<unknown>(() =>
      terms ? send(SIGN_UP, { email, password, name: name.trim() || null, termsAccepted: true }) : needTerms(),
    );
    if (done) props.onDone();
  };
  return (
    <Outside title="Create your account">
      <p class="mute">Your first 5 payments are free.</p>
      <Form onSend={(typed) => void onSend(typed)} busy={busy} no={no} button="Create account">
        <Field
          label="Shop name"
          name="name"
          hint="Payers see it. You can change it later."
          input={{ maxLength: 80, autocomplete: 'organization' }}
        />
        <Field label="E-mail" name="email" type="email" input={{ autocomplete: 'username', required: true }} />
        <Field
          label="Password"
          name="password"
          type="password"
          hint="At least 8 characters."
          input={{ autocomplete: 'new-password', required: true, minLength: 8 }}
        />
        <label class="check">
          <input type="checkbox" checked={terms} onChange={(event) => setTerms(event.currentTarget.checked)} />
          <span>
            I accept the <Terms />: AvoPay never holds my money, and refunds are mine to make.
          </span>
        </label>
      </Form>
      <p class="below">
        <Link href="/">I have an account</Link>
      </p>
    </Outside>
  );
}

/** The operator's own words, where the page that the server made names them. */
function Terms() {
  const named = document.querySelector<HTMLLinkElement>('link[rel="terms-of-service"]');
  if (!named) return <>terms</>;
  return (
    <a href={named.href} target="_blank" rel="noreferrer">
      terms
    </a>
  );
}

async function needTerms(): Promise<Answer<never>> {
  return { ok: false, no: { code: 'terms_required', message: 'Please accept the terms first.' } };
}

export function ForgotPage() {
  const { busy, no, run } = useAction();
  const [sent, setSent] = useState(false);
  const onSend = async ({ email = '' }: Typed) => {
    if (await run(() => send(FORGOT, { email }))) setSent(true);
  };
  return (
    <Outside title="Choose a new password">
      {sent ? (
        <p role="status">If there is an account with that address, a mail with a link is on its way. The link works for one hour.</p>
      ) : (
        <Form onSend={(typed) => void onSend(typed)} busy={busy} no={no} button="Send the mail">
          <Field label="E-mail" name="email" type="email" input={{ autocomplete: 'username', required: true }} />
        </Form>
      )}
      <p class="below">
        <Link href="/">Back to sign in</Link>
      </p>
    </Outside>
  );
}
