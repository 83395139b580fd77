import type { ComponentChildren, TargetedSubmitEvent } from 'preact';
import type { No } from './ask.ts';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { fiatText, groupedSats } from '../checkout/money-text.ts';
import { qrShape } from './qr-shape.ts';

const SAY_DONE_MS = 2_000;

type Typing = {
  readonly autocomplete?: string;
  readonly required?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly placeholder?: string;
  readonly defaultValue?: string;
  readonly inputMode?: 'decimal' | 'numeric';
};

export function Field(props: {
  readonly label: string;
  readonly name: string;
  readonly type?: 'text' | 'email' | 'password' | 'url';
  readonly hint?: string;
  readonly input?: Typing;
}) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const secret = props.type === 'password';
  const type = (secret && shown ? 'text' : (props.type ?? 'text')) as 'text'; // the typings of an input want one type at a time
  return (
    <p class="field">
      <label for={id}>{props.label}</label>
      <input id={id} name={props.name} type={type} aria-describedby={props.hint ? `${id}-hint` : undefined} {...props.input} />
      {secret && (
        <button type="button" class="show" aria-controls={id} aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide' : 'Show'}
        </button>
      )}
      {props.hint && (
        <small id={`${id}-hint`} class="mute">
          {props.hint}
        </small>
      )}
    </p>
  );
}

/** A form that sends nothing by itself: `onSend` is given what was typed. */
export function Form(props: {
  readonly onSend: (fields: { readonly [name: string]: string }) => void;
  readonly busy: boolean;
  readonly no: No | null;
  readonly button: string;
  readonly children: ComponentChildren;
}) {
  const onSubmit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = [...new FormData(event.currentTarget)].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
    props.onSend(Object.fromEntries(typed));
  };
  return (
    <form onSubmit={onSubmit}>
      {props.children}
      <Refused no={props.no} />
      <button type="submit" class="button primary" aria-disabled={props.busy}>
        {props.busy ? 'One moment…' : props.button}
      </button>
    </form>
  );
}

export function Refused({ no }: { readonly no: No | null }) {
  return <div role="alert">{no && <p class="notice bad">{no.message}</p>}</div>;
}

/** What a list shows before its first answer, and when there is none. */
export function Waiting({ no, retry }: { readonly no: No | null; readonly retry: () => void }) {
  if (!no) return <p class="skeleton">Loading…</p>;
  return (
    <div>
      <Refused no={no} />
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

export function Copy(props: { readonly text: string; readonly label: string }) {
  const [done, setDone] = useState<string | null>(null);
  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), SAY_DONE_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const onClick = () =>
    navigator.clipboard.writeText(props.text).then(
      () => setDone('Copied'),
      () => setDone('Copy it by hand'),
    );
  return (
    <button type="button" class="button small" onClick={onClick}>
      <span aria-live="polite">{done ?? props.label}</span>
    </button>
  );
}

/** Black on white in every theme, drawn without any markup of text. */
export function Qr(props: { readonly text: string; readonly label: string }) {
  const { size, path } = useMemo(() => qrShape(props.text, 'L'), [props.text]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={props.label} shape-rendering="crispEdges">
      <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000" d={path} />
    </svg>
  );
}

/** A native dialog: it keeps the focus inside and gives it back. */
export function Dialog(props: { readonly title: string; readonly onClose: () => void; readonly children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={props.onClose}>
      <div class="dialog-head">
        <h2 id={id}>{props.title}</h2>
        <button type="button" class="button small" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      {props.children}
    </dialog>
  );
}

export function When({ at }: { readonly at: string }) {
  return <time dateTime={at}>{whenText(at)}</time>;
}
export function whenText(at: string): string {
  return new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}
export function dayText(at: string): string {
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
}
export function Money(props: { readonly fiat: string; readonly currency: string; readonly sats?: string }) {
  return (
    <>
      <b class="amount">{fiatText(props.fiat, props.currency, 'en')}</b>
      {props.sats !== undefined && <small class="mute">{groupedSats(props.sats, 'en')} sats</small>}
    </>
  );
}

export function Facts({ rows }: { readonly rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
