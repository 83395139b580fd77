import { useEffect, useState } from 'preact/hooks';
import { Route, Router, Switch } from 'wouter-preact';
import { send } from './ask.ts';
import { graphql } from './graphql.ts';
import { ResetPage, VerifyPage } from './mailed.tsx';
import { Waiting } from './pieces.tsx';
import { Shell } from './shell.tsx';
import { ForgotPage, SignInPage, SignUpPage } from './sign-in.tsx';

const WHO = graphql(`query Who { viewer { id } }`);

export function App() {
  if (location.pathname === '/reset-password') return <ResetPage />;
  if (location.pathname === '/verify-email') return <VerifyPage />;
  return (
    <Router base="/app">
      <Door />
    </Router>
  );
}

/** Asks once who is here. */
function Door() {
  const [who, setWho] = useState<'asking' | 'nobody' | 'somebody' | 'unknown'>('asking');
  const look = () => {
    void send(WHO, {}).then((answer) => {
      if (answer.ok) setWho(answer.value.viewer ? 'somebody' : 'nobody');
      else setWho(answer.no.code === 'offline' || answer.no.code === 'unexpected' ? 'unknown' : 'nobody');
    });
  };
  useEffect(look, []);
  if (who === 'asking') return null;
  if (who === 'unknown') return <Waiting no={{ code: 'offline', message: 'AvoPay could not be reached.' }} retry={look} />;
  if (who === 'somebody') return <Shell />;
  return (
    <Switch>
      <Route path="/sign-up">
        <SignUpPage onDone={enter} />
      </Route>
      <Route path="/forgot">
        <ForgotPage />
      </Route>
      <Route>
        <SignInPage onDone={() => setWho('somebody')} />
      </Route>
    </Switch>
  );

  function enter() {
    history.replaceState(null, '', '/app');
    setWho('somebody');
  }
}
