import type { ComponentChildren } from 'preact';
import type { CheckoutView } from './contract.ts';

/** The shop's name above, AvoPay's below. */
export function Frame(props: {
  readonly merchantName: string | null;
  readonly colour?: CheckoutView['colour'];
  readonly logoPath: string | null;
  readonly play: string | null;
  readonly footer: string;
  /** Where the terms of this server stand, on pages for those who may sign up. */
  readonly termsUrl?: string | null;
  readonly children: ComponentChildren;
}) {
  const name = props.merchantName ?? 'AvoPay';
  return (
    <div class="page">
      <header>
        {props.play && <p class="play">{props.play}</p>}
        <div class="shop">
          {props.logoPath ? (
            <img src={props.logoPath} alt="" width={36} height={36} />
          ) : (
            <Tile initial={initialOf(name)} colour={props.colour ?? null} />
          )}
          <bdi class="name">{name}</bdi>
        </div>
      </header>
      {props.children}
      <footer>
        {props.footer}
        {props.termsUrl && (
          <>
            {' '}
            <a href={props.termsUrl}>Terms</a>
          </>
        )}
      </footer>
    </div>
  );
}

/** In the shop's colour it is drawn: the policy of the page takes no style that the merchant could choose. */
function Tile({ initial, colour }: { readonly initial: string; readonly colour: CheckoutView['colour'] }) {
  if (!colour) {
    return (
      <span class="tile" aria-hidden="true">
        {initial}
      </span>
    );
  }
  return (
    <svg class="tile" viewBox="0 0 36 36" aria-hidden="true">
      <rect width="36" height="36" fill={colour.paper} />
      <text x="18" y="24" text-anchor="middle" fill={colour.ink}>
        {initial}
      </text>
    </svg>
  );
}

export function initialOf(name: string): string {
  return ([...name.trim()][0] ?? 'A').toUpperCase();
}
