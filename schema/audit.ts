import { accepted } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';
import { decodeCursor, pageOf, pageSize } from './cursor.ts';

const AuditEntryRef = builder.prismaObject('AuditEntry', {
  description: 'Who did what, for whoever has to find out later. Never changed, never removed; it holds no secret.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'aud_…' }),
    actor: t.exposeString('actor', { description: 'usr_…, key_…, operator or system.' }),
    action: t.exposeString('action', { description: 'key.created, password.changed, wallet.reset, …' }),
    subjectId: t.exposeID('subjectId', { nullable: true, description: 'What it was done to.' }),
    facts: t.expose('facts', { type: 'JSONObject', description: 'What more there is to say.' }),
    ip: t.exposeString('ip', { nullable: true, description: 'Where the request came from, for what people do.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When.' }),
  }),
});

builder.queryField('auditTrail', (t) =>
  t.connection(
    {
      type: AuditEntryRef,
      description: 'What was done to this account, newest first.',
      authScopes: { secret: true },
      resolve: async (_root, { first, after }, { app, caller }) => {
        const { accountId } = accepted(await caller());
        const size = pageSize(first);
        const list = `${accountId} audit`;
        const place = decodeCursor(after ?? null, list);
        const older = place ? { OR: [{ createdAt: { lt: place.createdAt } }, { createdAt: place.createdAt, id: { gt: place.id } }] } : {};
        const orderBy = [{ createdAt: 'desc' as const }, { id: 'asc' as const }];
        const rows = await app.prisma.auditEntry.findMany({ where: { accountId, ...older }, orderBy, take: size + 1 });
        return pageOf(rows, size, list);
      },
    },
    { name: 'AuditConnection' },
    { name: 'AuditEdge' },
  ),
);
