import type { Route } from './route.ts';

/** TABLE: everything of an account as one document. */
export const EXPORT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/account/export',
    status: 200,
    audience: 'secret',
    limit: 'read',
    crossOrigin: false,
    operation: 'query ExportAccount($after: String) { result: accountExport(after: $after) { section exportedAt rows next } }',
    variables: () => ({}),
    reply: ({ section, exportedAt, rows, next }) => ({ section, exported_at: exportedAt, rows, next_cursor: next }),
    document: { fileName: 'account.json' },
  },
];
