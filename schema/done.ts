import { RefusalError } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';

export const DoneRef = builder.objectRef<{ readonly ok: true }>('Done').implement({
  description: 'It was carried out, and there is nothing else to say about it.',
  fields: (t) => ({ ok: t.boolean({ description: 'Always true.', resolve: ({ ok }) => ok }) }),
});

export const DoneResult = builder.errorUnion('DoneResult', {
  description: 'Done, or why nothing was changed.',
  types: [DoneRef, RefusalError],
  resolveType: () => 'Done',
});
