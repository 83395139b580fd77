import { useEffect } from 'preact/hooks';
import { graphql } from './graphql.ts';
import { useRead } from './hooks.ts';

const PROVIDERS = graphql(`query Providers { providers { name state } }`);
/** The server itself looks about as often. */
const LOOK_EVERY_MS = 60_000;

/** Says on every page when payers cannot pay by Lightning: the shop's owner would look for the fault at home. */
export function ProviderBanner() {
  const { data, reload } = useRead(PROVIDERS, {});
  useEffect(() => {
    const timer = setInterval(reload, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const providers = data?.providers ?? [];
  if (providers.length === 0 || providers.some(({ state }) => state === 'up')) return null;
  return (
    <p class="notice warn" role="status">
      Lightning is not working right now: {providers.map(({ name }) => name).join(', ')} {providers.length === 1 ? 'does' : 'do'} not
      answer. Nothing is wrong with your shop. Payers may use L-BTC meanwhile; what was paid already still arrives.
    </p>
  );
}
