import { ask } from './ask.ts';
import { CameraScan } from './camera.tsx';
import { graphql } from './graphql.ts';
import { useAction } from './hooks.ts';
import { Form } from './pieces.tsx';

const PASTE = graphql(`mutation Paste($lbtc: String, $btcln: String) {
  result: connectDescriptors(lbtcDescriptor: $lbtc, btclnDescriptor: $btcln) { __typename ... on Wallet { via } ... on Refusal { code message } }
}`);

/** AQUA exports two lines, for receiving and for change; what is pasted may be either, with or without its checksum. */
function receivingLine(text: string): string {
  const lines = text
    .split(/\s*\n\s*/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.find((line) => line.includes('/0/*')) ?? lines[0] ?? '';
}
/** Twelve or more plain words: nothing that may ever be sent to anybody. */
const RECOVERY_WORDS = /^\s*(?:[a-z]{3,8}\s+){11,}[a-z]{3,8}\s*$/i;

/** The export of AQUA instead of its scan: read by a camera, or pasted. */
export function Export({ onConnected }: { readonly onConnected: () => void }) {
  const { busy, no, run } = useAction();
  const onSend = async (text: string) => {
    const descriptor = receivingLine(text);
    const done = await run<unknown>(async () => {
      if (RECOVERY_WORDS.test(text) || /[xt]prv/.test(text)) return { ok: false, no: DANGEROUS };
      return ask(PASTE, { lbtc: descriptor, btcln: descriptor });
    });
    if (done) onConnected();
  };
  return (
    <details>
      <summary>Paste a descriptor by hand</summary>
      <p class="mute">In AQUA: Settings, Wallet, Watch Only Export, Liquid. Tap the code to copy it, and paste it here.</p>
      <div class="buttons">
        <CameraScan onText={(text) => void onSend(text)} />
      </div>
      <Form onSend={({ export: text = '' }) => void onSend(text)} busy={busy} no={no} button="Connect">
        <p class="field">
          <label for="export">Watch Only Export</label>
          <textarea id="export" name="export" rows={4} required spellcheck={false} autocomplete="off" />
        </p>
      </Form>
    </details>
  );
}

const DANGEROUS = {
  code: 'secret_pasted',
  message:
    'This looks like recovery words or a private key. Do not paste them anywhere: whoever has them has your money. Nothing was sent.',
};
