import type { PaymentLink } from './links.tsx';
import { useState } from 'preact/hooks';
import { readableColour } from '../checkout/colour.ts';
import { Copy, Dialog, Qr } from './pieces.tsx';
import { download, qrFileName, qrPng, qrSvg } from './qr-file.ts';

/** The parts of the documented button that a shop may choose: its colours and its words. */
const COLOURS = /background:(#[0-9a-f]{6});color:(#[0-9a-f]{3,6});/i;
const WORDS = />([^<]*)<\/a>$/;
const STYLE = /style="([^"]*)"/;
/** More would not fit on a button. */
const WORDS_MAX = 60;

export function Share({ link, onClose }: { readonly link: PaymentLink; readonly onClose: () => void }) {
  return (
    <Dialog title={link.title} onClose={onClose}>
      <Qr text={link.url} label={`QR code of the link ${link.title}`} />
      <Printed link={link} />
      <p class="code">{link.url}</p>
      <p class="buttons">
        <Copy text={link.url} label="Copy link" />
        <a class="button small" href={link.url} target="_blank" rel="noreferrer">
          Open it
        </a>
      </p>
      <Embed html={link.embedHtml} />
    </Dialog>
  );
}

/** The code as a file, for posters and tables. */
function Printed({ link }: { readonly link: PaymentLink }) {
  const [failed, setFailed] = useState(false);
  const png = async () => {
    const picture = await qrPng(link.url);
    setFailed(picture === null);
    if (picture) download(picture, qrFileName(link.title, 'png'));
  };
  return (
    <>
      <p class="buttons">
        <button type="button" class="button small" onClick={() => void png()}>
          Download PNG
        </button>
        <button type="button" class="button small" onClick={() => download(qrSvg(link.url), qrFileName(link.title, 'svg'))}>
          Download SVG
        </button>
      </p>
      {failed && (
        <p class="notice bad" role="alert">
          This browser cannot draw the picture. Download the SVG.
        </p>
      )}
    </>
  );
}

/** The button to paste into a page, as documented until somebody chooses otherwise, and how it will look there. */
function Embed({ html }: { readonly html: string }) {
  const documented = { words: WORDS.exec(html)?.[1]?.trim() ?? '', colour: COLOURS.exec(html)?.[1]?.toLowerCase() ?? '' };
  const [words, setWords] = useState(documented.words);
  const [colour, setColour] = useState(documented.colour);
  const chosen = embedWith(html, {
    words: words.trim() === documented.words ? null : words.trim(),
    colour: colour === documented.colour ? null : colour,
  });
  return (
    <>
      <h3>A button for your page</h3>
      <div class="pair">
        <p class="field">
          <label for="button-words">Words on it</label>
          <input id="button-words" maxLength={WORDS_MAX} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
        </p>
        <p class="field">
          <label for="button-colour">Colour</label>
          <input id="button-colour" type="color" value={colour} onInput={(event) => setColour(event.currentTarget.value)} />
        </p>
      </div>
      {/* To look at alone: the link above goes where it goes. */}
      <p class="preview">
        <button type="button" disabled style={STYLE.exec(chosen)?.[1] ?? ''}>
          {words.trim() || documented.words}
        </button>
      </p>
      {colour === documented.colour && (
        <p class="mute">
          White on this orange is hard to read for some. On any colour that you choose, the words stand in black or white, whichever is read
          more easily.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre class="code" tabIndex={0}>
        {chosen}
      </pre>
      <Copy text={chosen} label="Copy the button" />
    </>
  );
}

/** `html` with what was chosen; null and no words at all leave it as it is. The ink is the one that can be read on the colour. */
export function embedWith(html: string, choice: { readonly words: string | null; readonly colour: string | null }): string {
  const readable = readableColour(choice.colour);
  const coloured = readable ? html.replace(COLOURS, () => `background:${readable.paper};color:${readable.ink};`) : html;
  const words = (choice.words ?? '').replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  return words === '' ? coloured : coloured.replace(WORDS, () => `> ${words} </a>`);
}
