import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Words } from '../words/words.ts';

/** How long a button says what it has done. */
const SAY_DONE_MS = 2_000;

/** Copies `text`. When the browser refuses, `onRefused` shows the text, selected. */
export function CopyButton(props: {
  readonly text: string;
  readonly label: string;
  readonly words: Words;
  readonly className: string;
  readonly onRefused: () => void;
  readonly say: (text: string) => void;
}) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SAY_DONE_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const onClick = async () => {
    const copied = await copyText(props.text);
    setDone(copied);
    props.say(copied ? props.words.copied : props.words.copyRefused);
    if (!copied) props.onRefused();
  };
  return (
    <button type="button" class={`button js ${props.className}`} onClick={onClick}>
      {done ? props.words.copied : props.label}
    </button>
  );
}

/** False when the browser has no clipboard here (plain http) or refuses it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // refused or missing: the caller shows the text instead
  }
}

/**
 * The payment code. The server draws it into the HTML; the browser leaves that drawing alone, so it travels once and no script ever writes
 * markup. It is drawn from a checked invoice or address, never from free text. A dense code gets the whole width, so that its modules stay large enough for a camera.
 */
export function QrCode(props: { readonly svg: string; readonly label: string; readonly dense: boolean; readonly onTap: () => void }) {
  return (
    <button type="button" class={props.dense ? 'qr dense' : 'qr'} onClick={props.onTap}>
      <span role="img" aria-label={props.label} dangerouslySetInnerHTML={{ __html: props.svg }} />
    </button>
  );
}

/** Text to copy by hand, folded. Each rise of `asked` opens and selects it. Without JavaScript it stands open below instead. */
export function FoldedText(props: { readonly summary: string; readonly text: string; readonly asked: number; readonly hint: string }) {
  const fold = useRef<HTMLDetailsElement>(null);
  const text = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (props.asked === 0 || !fold.current || !text.current) return;
    fold.current.open = true;
    getSelection()?.selectAllChildren(text.current);
  }, [props.asked]);
  return (
    <>
      {props.asked > 0 && <p class="hint after">{props.hint}</p>}
      <details class="fold js" ref={fold}>
        <summary>{props.summary}</summary>
        <p class="code" ref={text}>
          {props.text}
        </p>
      </details>
      <PlainText text={props.text} />
    </>
  );
}

/** Shown without JavaScript only. `text` is letters and digits: anything else is not printed. */
function PlainText(props: { readonly text: string }) {
  const html = /^[0-9A-Za-z]+$/.test(props.text) ? `<p class="code">${props.text}</p>` : '';
  return <noscript dangerouslySetInnerHTML={{ __html: html }} />;
}

/** A link into a wallet app. Nothing tells a page whether an app took it, so a hint follows when the page is still in front. */
export function OpenWallet(props: { readonly uri: string; readonly words: Words; readonly hint: string; readonly onOpen: () => void }) {
  const [tapped, setTapped] = useState(0);
  const [hinted, setHinted] = useState(false);
  useEffect(() => {
    if (tapped === 0) return;
    const timer = setTimeout(() => setHinted(document.visibilityState === 'visible'), HINT_AFTER_MS);
    return () => clearTimeout(timer);
  }, [tapped]);
  const onClick = () => {
    setTapped(tapped + 1);
    props.onOpen();
  };
  return (
    <>
      <a class="button open" href={props.uri} onClick={onClick}>
        {props.words.openWallet}
      </a>
      {hinted && <p class="hint">{props.hint}</p>}
    </>
  );
}

/** An app that opens hides the page well within this time. */
const HINT_AFTER_MS = 2_500;

export function Facts(props: { readonly rows: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {props.rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
