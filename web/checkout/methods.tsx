import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PanelProps } from './app.tsx';
import { CopyButton, copyText, FoldedText, OpenWallet, QrCode } from './pieces.tsx';
import { ShopperButton } from './shopper-button.tsx';
import { satsOfLbtc } from './money-text.ts';
import { inGroups } from './view.ts';
import { BrowserWallet } from './browser-wallet.tsx';
import { fill } from '../words/fill.ts';

type Method = 'lightning' | 'liquid';

/** The ways to pay: tabs when there are two, a heading when there is one. */
export function Methods(props: PanelProps) {
  const { view, words } = props;
  const offered: readonly Method[] = [...(view.lightning ? ['lightning' as const] : []), ...(view.liquid ? ['liquid' as const] : [])];
  const [chosen, choose] = useState<Method>('lightning');
  useEffect(() => {
    const remembered = rememberedMethod();
    if (remembered) choose(remembered);
  }, []);
  const shown = offered.includes(chosen) ? chosen : offered[0];
  const onChoose = (method: Method) => {
    choose(method);
    rememberMethod(method);
  };
  if (shown === undefined) return <p class="note">{words.noMethod}</p>;
  if (offered.length === 1) {
    return (
      <>
        <h2 class="method">{shown === 'lightning' ? words.payWithLightning : words.payWithLiquid}</h2>
        {view.lightningDown && <p class="note">{words.lightningDown}</p>}
        {view.liquidOnly && <p class="note">{words.liquidOnly}</p>}
        {view.liquidBusy && <p class="note">{words.liquidBusy}</p>}
        {shown === 'lightning' ? <Lightning {...props} /> : <Liquid {...props} />}
      </>
    );
  }
  return (
    <>
      <Tabs offered={offered} shown={shown} onChoose={onChoose} {...props} />
      {offered.map((method) => (
        <div key={method} role="tabpanel" id={`panel-${method}`} aria-labelledby={`tab-${method}`} hidden={method !== shown}>
          <h2 class="method no-js">{method === 'lightning' ? words.lightning : words.liquid}</h2>
          {method === 'lightning' ? <Lightning {...props} /> : <Liquid {...props} />}
        </div>
      ))}
    </>
  );
}

function Tabs(
  props: PanelProps & { readonly offered: readonly Method[]; readonly shown: Method; readonly onChoose: (method: Method) => void },
) {
  const { offered, shown, onChoose, words } = props;
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const forward = document.documentElement.dir === 'rtl' ? -step : step;
    const next = offered[(offered.indexOf(shown) + forward + offered.length) % offered.length];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div class="tabs js" role="tablist" aria-label={words.methods} ref={list} onKeyDown={onKeyDown}>
      {offered.map((method) => (
        <button
          key={method}
          type="button"
          role="tab"
          id={`tab-${method}`}
          aria-selected={method === shown}
          aria-controls={`panel-${method}`}
          tabIndex={method === shown ? 0 : -1}
          onClick={() => onChoose(method)}
        >
          {method === 'lightning' ? words.lightning : words.liquid}
        </button>
      ))}
    </div>
  );
}

function Lightning(props: PanelProps) {
  const { view, words, codes, say, live } = props;
  const [asked, setAsked] = useState(0);
  if (!view.lightning) return null;
  const { invoice } = view.lightning;
  const showText = () => setAsked(asked + 1);
  const onTap = async () => {
    const copied = await copyText(invoice);
    say(copied ? words.copied : words.copyRefused);
    if (!copied) showText();
  };
  return (
    <>
      <QrCode
        svg={codes?.lightning ?? ''}
        dense={invoice.length > DENSE_FROM}
        label={fill(words.lightningCode, { amount: view.fiat })}
        onTap={onTap}
      />
      <p class="caption">
        {words.scanLightning} <span class="js">{words.tapToCopy}</span>
      </p>
      <div class="actions">
        <OpenWallet uri={`lightning:${invoice}`} words={words} hint={words.nothingOpenedInvoice} onOpen={() => live.current?.hurry()} />
        <CopyButton text={invoice} label={words.copyInvoice} words={words} className="copy" onRefused={showText} say={say} />
      </div>
      <BrowserWallet invoice={invoice} words={words} say={say} onSent={() => live.current?.hurry()} />
      {view.play === 'sandbox' && <ShopperButton path="/sandbox/pay" order={{ invoice }} words={words} say={say} />}
      <FoldedText summary={words.showInvoice} text={invoice} asked={asked} hint={words.copyRefused} />
    </>
  );
}

/** From about this many characters a QR code has over 96 modules: less than 3 CSS pixels each at the usual size. */
const DENSE_FROM = 900;

function Liquid(props: PanelProps) {
  const { view, words, codes, say, live } = props;
  const text = useRef<HTMLParagraphElement>(null);
  if (!view.liquid) return null;
  const { address, uri, amountLbtc } = view.liquid;
  const order = { address, amount_sats: satsOfLbtc(amountLbtc) };
  const select = () => text.current && getSelection()?.selectAllChildren(text.current);
  const onTap = async () => {
    const copied = await copyText(uri);
    say(copied ? words.copied : words.copyRefused);
    if (!copied) select();
  };
  const groups = inGroups(address);
  return (
    <>
      <QrCode svg={codes?.liquid ?? ''} dense={false} label={fill(words.liquidCode, { amount: view.fiat })} onTap={onTap} />
      {view.receivedLbtc !== null && <p class="note">{fill(words.partialText, { received: view.receivedLbtc, due: view.amountLbtc })}</p>}
      <p class="caption">
        {words.scanLiquid} <span class="js">{words.tapToCopy}</span>
      </p>
      <p class="note">{fill(words.liquidNote, { amount: amountLbtc })}</p>
      <div class="actions">
        <OpenWallet uri={uri} words={words} hint={words.nothingOpenedAddress} onOpen={() => live.current?.hurry()} />
        <CopyButton text={address} label={words.copyAddress} words={words} className="copy" onRefused={select} say={say} />
        <CopyButton
          text={amountLbtc}
          label={fill(words.copyAmount, { amount: amountLbtc })}
          words={words}
          className="wide"
          onRefused={select}
          say={say}
        />
      </div>
      {view.play === 'sandbox' && <ShopperButton path="/sandbox/send" order={order} words={words} say={say} />}
      <p class="code groups" ref={text}>
        {groups.map((group, at) => (
          <span key={at} class={at < 2 || at >= groups.length - 2 ? 'end' : ''}>
            {group}
          </span>
        ))}
      </p>
    </>
  );
}

const METHOD_KEY = 'avopay.method';

function rememberedMethod(): Method | null {
  try {
    const method = localStorage.getItem(METHOD_KEY);
    return method === 'lightning' || method === 'liquid' ? method : null;
  } catch {
    return null; // storage is switched off: Lightning comes first
  }
}

function rememberMethod(method: Method): void {
  try {
    localStorage.setItem(METHOD_KEY, method);
  } catch {
    // Storage is switched off: the choice holds for this page only.
  }
}
