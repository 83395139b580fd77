import type { ComponentChildren } from 'preact';

/** The shop's name above, AvoPay's below. */
export function Frame(props: {
  readonly merchantName: string | null;
  readonly logoPath: string | null;
  readonly play: string | null;
  readonly footer: string;
  /** Where the terms of this server stand, on pages for those who may sign up. */
  readonly termsUrl?: string | null;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="page">
      <header>
        {props.play && <p class="play">{props.play}</p>}
        <div class="shop">
          {props.logoPath ? (
            <img src={props.logoPath} alt="" width={36} height={36} />
          ) : (
            <span class="tile" aria-hidden="true">
              {initialOf(props.merchantName ?? 'AvoPay')}
            </span>
          )}
          <span class="name">{props.merchantName ?? 'AvoPay'}</span>
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

function initialOf(name: string): string {
  return ([...name.trim()][0] ?? 'A').toUpperCase();
}
