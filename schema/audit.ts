import { accepted } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';

builder.prismaObject('AuditEntry', {
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
  t.prismaConnection(
    {
      type: 'AuditEntry',
      cursor: 'id',
      description: 'What was done to this account, newest first.',
      authScopes: { secret: true },
      resolve: async (query, _root, _args, { app, caller }) => {
        const { accountId } = accepted(await caller());
        return app.prisma.auditEntry.findMany({ ...query, where: { accountId }, orderBy: [{ createdAt: 'desc' }, { id: 'asc' }] });
      },
    },
    { name: 'AuditConnection' },
    { name: 'AuditEdge' },
  ),
);
