import { Link } from 'wouter-preact';
import { graphql } from './graphql.ts';
import { useLive } from './hooks.ts';

const STEPS = graphql(`query FirstSteps {
  account { walletConnected keys { id } user { emailVerified } }
  webhookEndpoints { id }
  payments(first: 1) { edges { node { id } } }
}`);
const EVENTS = graphql(`subscription FirstStepsEvents { eventAdded { id } }`);

/** What a new shop has still to do; gone once all of it is done. The server knows what is: nothing is ticked by hand. */
export function FirstSteps() {
  const { data } = useLive(STEPS, {}, { subscription: EVENTS });
  if (!data?.account) return null;
  const { account, webhookEndpoints, payments } = data;
  const steps = [
    ['Confirm your e-mail address', '/settings', account.user?.emailVerified ?? true],
    ['Connect your AQUA wallet', '/setup', account.walletConnected],
    ['Take a first payment', '/integration', payments.edges.length > 0],
    ['Add AvoPay to your site', '/integration', account.keys.length > 0],
    ['Hear about payments by webhook', '/webhooks', webhookEndpoints.length > 0],
  ] as const;
  if (steps.every(([, , done]) => done)) return null;
  return (
    <section class="card" aria-labelledby="steps">
      <h2 id="steps">First steps</h2>
      <ol class="steps">
        {steps.map(([words, href, done]) => (
          <li key={words} class={done ? 'done' : ''}>
            {done ? (
              <span>
                {words} <small>done</small>
              </span>
            ) : (
              <Link href={href}>{words}</Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
