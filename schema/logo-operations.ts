import { accepted } from '../src/lib/refusal.ts';
import { LOGO_BYTES_MAX, LOGO_SIDE_MAX } from '../src/logos/logo.ts';
import { AccountResult } from './account.ts';
import { builder } from './builder.ts';

builder.mutationField('setLogo', (t) =>
  t.field({
    type: AccountResult,
    description: 'Shows a picture beside the name of the shop, drawn anew: nothing else of what was sent is kept.',
    limit: 'logo',
    authScopes: { session: true },
    args: {
      image: t.arg.string({
        description: `A PNG, JPEG or WebP file in base64: at most ${LOGO_BYTES_MAX} bytes, ${LOGO_SIDE_MAX} pixels wide and high. Null: no logo.`,
      }),
    },
    resolve: async (_root, { image }, { app, caller, requestId }) => {
      const person = accepted(await caller());
      if (person.kind !== 'session') throw new Error('only a session sets a logo'); // said by authScopes
      const asker = { accountId: person.accountId, actor: person.userId, onlyKey: null, requestId };
      return accepted(await app.logos.change(asker, image ?? null));
    },
  }),
);
