import { useState } from 'preact/hooks';
import { initialOf } from '../checkout/frame.tsx';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction } from './hooks.ts';
import { Refused } from './pieces.tsx';
import { PICTURE_TYPES, shrinkPicture } from './shrink-picture.ts';

const SET = graphql(`mutation SetLogo($image: String) {
  result: setLogo(image: $image) { __typename ... on Account { id } ... on Refusal { code message } }
}`);

/** The picture beside the name of the shop, as payers see it, and how to choose another one. */
export function Logo({ name, url, reload }: { readonly name: string; readonly url: string | null; readonly reload: () => void }) {
  const { busy, no, run } = useAction();
  const [said, setSaid] = useState('');
  const set = async (picture: Blob | null) => {
    setSaid('');
    const done = await run(async () => {
      if (picture === null) return ask(SET, { image: null });
      const shrunk = await shrinkPicture(picture);
      return shrunk.ok ? ask(SET, { image: shrunk.value }) : shrunk;
    });
    if (!done) return;
    setSaid(picture === null ? 'The logo is gone.' : 'Payers see the new logo.');
    reload();
  };
  return (
    <div class="shop-logo">
      {url ? (
        <img src={new URL(url).pathname} alt="" width={72} height={72} />
      ) : (
        <span class="logo-tile" aria-hidden="true">
          {initialOf(name)}
        </span>
      )}
      <div class="logo-choice">
        <p class="buttons">
          <label class="button small" aria-disabled={busy}>
            {busy ? 'One moment…' : url ? 'Change logo' : 'Choose a logo'}
            <input
              class="sr"
              type="file"
              accept={PICTURE_TYPES.join(',')}
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                event.currentTarget.value = ''; // the same file may be chosen again
                if (file) void set(file);
              }}
            />
          </label>
          {url && (
            <button type="button" class="button small" onClick={() => void set(null)}>
              Remove logo
            </button>
          )}
        </p>
        <small class="mute">PNG, JPEG or WebP. Payers see it beside your name.</small>
        <Refused no={no} />
        <p role="status">{said}</p>
      </div>
    </div>
  );
}
