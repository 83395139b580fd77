import type { ResultOf } from 'gql.tada';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction, useLive, useNow } from './hooks.ts';
import { Copy, dayText, Facts, Qr, Refused, Waiting } from './pieces.tsx';
import { Export } from './setup-export.tsx';

const WALLET = graphql(`query SetupWallet {
  wallet { connectedAt fingerprint firstAddress gapLimit unusedAddresses via warnings }
}`);
const EVENTS = graphql(`subscription SetupEvents { eventAdded { id } }`);
const OFFER = graphql(`mutation Offer {
  result: offerWalletConnection { __typename ... on WalletOffer { id url expiresAt } ... on Refusal { code message } }
}`);
const LOOK = graphql(`query OfferLook($id: ID!) { walletOffer(id: $id) { state message } }`);
const LOOKS = graphql(`subscription OfferLooks($id: ID!) { walletOfferUpdated(id: $id) { state } }`);

type Wallet = NonNullable<ResultOf<typeof WALLET>['wallet']>;

export function Setup({ onConnected }: { readonly onConnected: () => void }) {
  const { data, no, reload } = useLive(WALLET, {}, { subscription: EVENTS });
  const connected = useCallback(() => {
    reload();
    onConnected();
  }, [reload, onConnected]);
  return (
    <>
      <h1>Setup</h1>
      {!data && <Waiting no={no} retry={reload} />}
      {data && (data.wallet ? <Connected wallet={data.wallet} /> : <Connect onConnected={connected} />)}
    </>
  );
}

function Connected({ wallet }: { readonly wallet: Wallet }) {
  return (
    <section class="card" aria-labelledby="wallet">
      <h2 id="wallet">Your AQUA wallet is connected</h2>
      <p>Compare this address with the first one that AQUA shows. If they differ, stop and write to support before you take any money.</p>
      <p class="code">{wallet.firstAddress}</p>
      <Facts
        rows={[
          ['Connected', dayText(wallet.connectedAt)],
          ['Fingerprint', wallet.fingerprint ?? 'not known'],
          ['Connected by', wallet.via],
        ]}
      />
      <Gap unused={wallet.unusedAddresses} limit={wallet.gapLimit} />
      {wallet.warnings.map((warning) => (
        <p class="notice warn" key={warning}>
          {warning}
        </p>
      ))}
      <p class="mute">To change the wallet, contact support: addresses that were given out must keep being watched.</p>
    </section>
  );
}

/** Wallets stop looking for money after so many unused addresses in a row. */
function Gap({ unused, limit }: { readonly unused: number; readonly limit: number }) {
  return (
    <div>
      <p id="gap">
        {unused} of {limit} unused addresses in a row are given out
      </p>
      <meter aria-labelledby="gap" min={0} max={limit} high={limit * 0.8} value={unused} />
      <p class="mute">AvoPay uses rested addresses again before your wallet would stop looking.</p>
    </div>
  );
}

function Connect({ onConnected }: { readonly onConnected: () => void }) {
  return (
    <div class="columns">
      <Scan onConnected={onConnected} />
      <section class="card" aria-labelledby="phone">
        <h2 id="phone">On your phone</h2>
        <ol>
          <li>
            Open AQUA and tap the <b>scan</b> icon.
          </li>
          <li>
            Point it at this code. On the same phone? Tap <b>Copy link</b>, then the paste icon on AQUA’s scan screen.
          </li>
          <li>
            AQUA shows <b>{location.hostname}</b> and asks to share your public keys. Confirm it.
          </li>
          <li>If AQUA offers a new wallet named “SamRock Wallet”, say yes, and write down its recovery words.</li>
        </ol>
        <p class="notice good">AvoPay can see payments to this wallet and make new addresses. It can never spend your money.</p>
        <p class="mute">With a wallet that you use already, AvoPay can see its whole Liquid history. A fresh wallet is better.</p>
        <Export onConnected={onConnected} />
      </section>
    </div>
  );
}

type Offer = { readonly id: string; readonly url: string; readonly expiresAt: string };

function Scan({ onConnected }: { readonly onConnected: () => void }) {
  const [offer, setOffer] = useState<Offer | null>(null);
  const { busy, no, run } = useAction();
  const renew = useCallback(async () => {
    const made = await run(() => ask(OFFER, {}));
    if (made?.result.__typename === 'WalletOffer') setOffer(made.result);
  }, [run]);
  useEffect(() => void renew(), [renew]);
  return (
    <section class="card scan" aria-label="Scan with AQUA">
      <Refused no={no} />
      {offer ? (
        <OfferCode key={offer.id} offer={offer} renew={() => void renew()} onConnected={onConnected} />
      ) : no ? (
        <button type="button" class="button" onClick={() => void renew()}>
          Try again
        </button>
      ) : (
        <p class="skeleton">{busy ? 'Preparing your code…' : ''}</p>
      )}
    </section>
  );
}

function OfferCode(props: { readonly offer: Offer; readonly renew: () => void; readonly onConnected: () => void }) {
  const { offer, renew, onConnected } = props;
  const { data } = useLive(LOOK, { id: offer.id }, { subscription: LOOKS, variables: { id: offer.id } });
  const leftMs = Math.max(0, Date.parse(offer.expiresAt) - useNow());
  const state = data?.walletOffer?.state ?? 'pending';
  useEffect(() => {
    if (state === 'success') onConnected();
  }, [state, onConnected]);
  if (state !== 'pending' || leftMs === 0) {
    return (
      <>
        <p role="status">{state === 'pending' ? 'This code is too old.' : data?.walletOffer?.message}</p>
        {state !== 'success' && (
          <button type="button" class="button primary" onClick={renew}>
            Show a new code
          </button>
        )}
      </>
    );
  }
  const seconds = Math.floor(leftMs / 1_000);
  return (
    <>
      <Qr text={offer.url} label="QR code that connects AQUA" />
      <p>
        Waiting for AQUA… the code is valid for {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, '0')}
      </p>
      <Copy text={offer.url} label="Copy link" />
    </>
  );
}
