import { REFUSAL_KINDS, RefusalError } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';

const enumName = (kind: string): string => kind.toUpperCase().replaceAll('-', '_');

const RefusalKindEnum = builder.enumType('RefusalKind', {
  description: 'Every way to say no. Closed; codes are open.',
  values: Object.fromEntries(REFUSAL_KINDS.map((kind) => [enumName(kind), { value: kind }])),
});

builder.objectType(RefusalError, {
  name: 'Refusal',
  description: 'Why the request was not carried out, and what to do about it. Nothing happened.',
  fields: (t) => ({
    kind: t.field({ type: RefusalKindEnum, description: 'What sort of no it is.', resolve: ({ refusal }) => refusal.kind }),
    code: t.string({ description: 'Stable, for programs.', resolve: ({ refusal }) => refusal.code }),
    message: t.string({ description: 'A plain sentence, for people.', resolve: ({ refusal }) => refusal.message }),
    field: t.string({ nullable: true, description: 'The input field at fault.', resolve: ({ refusal }) => refusal.field ?? null }),
    retryAfterSeconds: t.int({
      nullable: true,
      description: 'When to try again.',
      resolve: ({ refusal }) => refusal.retryAfterSeconds ?? null,
    }),
    requestId: t.string({ description: 'Names this request in the logs.', resolve: (_refusal, _args, context) => context.requestId }),
  }),
});
