import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link, Route, Switch, useLocation } from 'wouter-preact';
import { ask, onSignInNeeded } from './ask.ts';
import { graphql } from './graphql.ts';
import { useLive } from './hooks.ts';
import { Integration } from './integration.tsx';
import { Links } from './links.tsx';
import { Payments } from './payments.tsx';
import { Dialog } from './pieces.tsx';
import { ProviderBanner } from './provider-banner.tsx';
import { Settings } from './settings.tsx';
import { Setup } from './setup.tsx';
import { SignInForm } from './sign-in.tsx';
import { Subscribe } from './subscribe.tsx';
import { ThemeChoice } from './theme.tsx';
import { Webhooks } from './webhooks.tsx';

const ACCOUNT = graphql(`query Shell {
  account {
    id name walletConnected warnings
    plan { state endsAt trialUsed trialLimit }
  }
}`);
const EVENTS = graphql(`subscription ShellEvents { eventAdded { id } }`);
const SIGN_OUT = graphql(`mutation SignOut { result: signOut { __typename ... on Done { ok } ... on Refusal { code message } } }`);

/** TABLE: the sections, by their documented names (conformance X-8). */
const SECTIONS = [
  {
    group: null,
    pages: [
      ['/', 'Payments'],
      ['/setup', 'Setup'],
    ],
  },
  {
    group: 'Developer',
    pages: [
      ['/integration', 'Integration'],
      ['/webhooks', 'Webhooks'],
      ['/payment-links', 'Payment Links'],
    ],
  },
  {
    group: 'Account',
    pages: [
      ['/subscribe', 'Subscribe'],
      ['/settings', 'Settings'],
    ],
  },
] as const;

/** Somebody is signed in: the sections, and a form over them when the password is asked again. */
export function Shell() {
  const { data, reload } = useLive(ACCOUNT, {}, { subscription: EVENTS });
  const [path] = useLocation();
  const account = data?.account ?? null;
  useEffect(() => {
    const name = SECTIONS.flatMap(({ pages }) => [...pages]).find(([at]) => at === path)?.[1];
    document.title = `${name ?? 'Dashboard'} · AvoPay`;
  }, [path]);
  return (
    <div class="shell">
      <header class="side">
        <a class="brand" href="/app">
          AvoPay
        </a>
        <Navigation path={path} />
        <div class="side-end">
          {account && <PlanNote plan={account.plan} />}
          <p class="mute shop-name">{account?.name}</p>
          <ThemeChoice />
          <button type="button" class="button small" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main>
        <ProviderBanner />
        {account?.warnings.map((warning) => (
          <p class="notice warn" key={warning}>
            {warning}
          </p>
        ))}
        <Switch>
          <Route path="/setup">
            <Setup onConnected={reload} />
          </Route>
          <Route path="/integration">
            <Integration walletConnected={account?.walletConnected ?? false} />
          </Route>
          <Route path="/webhooks" component={Webhooks} />
          <Route path="/payment-links" component={Links} />
          <Route path="/subscribe" component={Subscribe} />
          <Route path="/settings" component={Settings} />
          <Route>
            <Payments />
          </Route>
        </Switch>
      </main>
      <SignInAgain />
    </div>
  );
}

function Navigation({ path }: { readonly path: string }) {
  const nav = useRef<HTMLElement>(null);
  // On a telephone the sections are one row that runs out of sight.
  useEffect(
    () => nav.current?.querySelector(`[href="/app${path === '/' ? '' : path}"]`)?.scrollIntoView({ block: 'nearest', inline: 'center' }),
    [path],
  );
  return (
    <nav aria-label="Sections" ref={nav}>
      {SECTIONS.map(({ group, pages }) => (
        <div key={group}>
          {group && <p class="group">{group}</p>}
          <ul>
            {pages.map(([href, name]) => (
              <li key={href}>
                <Link href={href} aria-current={path === href ? 'page' : undefined}>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

type Plan = { readonly state: string; readonly trialUsed: number; readonly trialLimit: number };
function PlanNote({ plan }: { readonly plan: Plan }) {
  if (plan.state === 'TRIAL') {
    return (
      <p class="plan-note">
        <b>
          {plan.trialUsed} of {plan.trialLimit} free payments used
        </b>{' '}
        <Link href="/subscribe">Choose a plan</Link>
      </p>
    );
  }
  if (plan.state !== 'ENDED') return null;
  return (
    <p class="plan-note">
      <b>New payments are paused. Open ones still finish.</b> <Link href="/subscribe">Renew</Link>
    </p>
  );
}

async function signOut() {
  await ask(SIGN_OUT, {});
  location.assign('/app'); // everything that was read goes with the page
}

/** Asked for by whatever the server wants a recent password for; what was typed meanwhile stays. */
function SignInAgain() {
  const [asking, setAsking] = useState<{ readonly reason: string; readonly answer: (done: boolean) => void } | null>(null);
  useEffect(() => onSignInNeeded((reason) => new Promise((answer) => setAsking({ reason, answer }))), []);
  if (!asking) return null;
  const end = (done: boolean) => {
    asking.answer(done);
    setAsking(null);
  };
  return (
    <Dialog title="Sign in again" onClose={() => end(false)}>
      <Why>{asking.reason === 'recent' ? 'This needs your password from the last 10 minutes.' : 'You were signed out meanwhile.'}</Why>
      <SignInForm onDone={() => end(true)} button="Continue" />
    </Dialog>
  );
}

function Why({ children }: { readonly children: ComponentChildren }) {
  return <p class="mute">{children}</p>;
}
