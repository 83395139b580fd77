import type { ExportPage } from '../src/exports/export-page.ts';
import { accepted } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';

const ExportPageRef = builder.objectRef<ExportPage>('AccountExportPage').implement({
  description: 'A part of everything that an account has here. It holds no secret.',
  fields: (t) => ({
    section: t.exposeString('section', { description: 'What the rows are: account, keys, payments, …, each section in one piece.' }),
    exportedAt: t.field({
      type: 'DateTime',
      description: 'When the export began: what is younger is not in it.',
      resolve: ({ until }) => until,
    }),
    rows: t.expose('rows', { type: ['JSONObject'], description: 'At most 100, newest first, named as over REST.' }),
    next: t.exposeString('next', { nullable: true, description: 'Send it as `after` for the next page; null on the last one.' }),
  }),
});

builder.queryField('accountExport', (t) =>
  t.field({
    type: ExportPageRef,
    description:
      'Everything that the account has here, page by page. Beginning one (without `after`) is in the audit trail, and works once a minute. REST answers it whole.',
    authScopes: { secret: true },
    args: { after: t.arg.string({ description: '`next` of the page before.' }) },
    resolve: async (_root, { after }, { app, caller, requestId }) => {
      const holder = accepted(await caller());
      const actor = holder.kind === 'session' ? holder.userId : holder.keyId;
      return accepted(await app.exports.read({ accountId: holder.accountId, actor, requestId }, after ?? null));
    },
  }),
);
