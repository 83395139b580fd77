/** Where the links of our mails lead. The token stands behind a `#`: no server log ever sees it. */
import { useEffect, useState } from 'preact/hooks';
import { send } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction } from './hooks.ts';
import { Field, Form, Refused } from './pieces.tsx';
import { Outside } from './sign-in.tsx';

const RESET = graphql(`mutation Reset($token: String, $password: String) {
  result: resetPassword(token: $token, password: $password) { __typename ... on Done { ok } ... on Refusal { code message } }
}`);
const VERIFY = graphql(`mutation Verify($token: String) {
  result: verifyEmail(token: $token) { __typename ... on Done { ok } ... on Refusal { code message } }
}`);

/** Read once, then taken out of the address: it would otherwise rest in the browser's history. */
function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  history.replaceState(null, '', location.pathname);
  return token;
}

export function ResetPage() {
  const [token] = useState(takeToken);
  const [done, setDone] = useState(false);
  const { busy, no, run } = useAction();
  const onSend = async (password: string) => {
    if (await run(() => send(RESET, { token, password }))) setDone(true);
  };
  return (
    <Outside title="Choose a new password">
      {done ? (
        <p role="status">
          Your new password is set, and every browser was signed out. <a href="/app">Sign in</a>
        </p>
      ) : (
        <Form onSend={({ password = '' }) => void onSend(password)} busy={busy} no={no} button="Set password">
          <Field
            label="New password"
            name="password"
            type="password"
            hint="At least 8 characters."
            input={{ autocomplete: 'new-password', required: true, minLength: 8 }}
          />
        </Form>
      )}
    </Outside>
  );
}

export function VerifyPage() {
  const [token] = useState(takeToken);
  const [done, setDone] = useState(false);
  const { no, run } = useAction();
  useEffect(() => {
    void run(() => send(VERIFY, { token })).then((answer) => setDone(answer !== null));
  }, [run, token]);
  return (
    <Outside title="Your e-mail address">
      <Refused no={no} />
      <p role="status">{done ? 'Thank you: your address is confirmed.' : no ? 'It was not confirmed.' : 'One moment…'}</p>
      <p class="below">
        <a href="/app">To the dashboard</a>
      </p>
    </Outside>
  );
}
