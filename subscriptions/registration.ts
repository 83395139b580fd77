import { builder } from '../schema/builder.ts';
import { readRegistration, RegistrationStatusEnum } from '../schema/registration.ts';
import { accepted } from '../src/lib/refusal.ts';
import { currentState } from './current-state.ts';
import { topics } from './topics.ts';

builder.subscriptionField('registrationUpdated', (t) =>
  t.field({
    type: RegistrationStatusEnum,
    description:
      'How a registration stands: now, and once it is paid. The key comes with pollRegistration alone. Public: the id is the secret.',
    args: { registrationId: t.arg.id({ required: true }) },
    subscribe: async (_root, args, { app }) => {
      const id = String(args.registrationId);
      accepted(await readRegistration(app, id));
      return currentState(app.bus, topics.subject(app.plans.registrationSubject(id)), () => app.plans.registrationStatus(id));
    },
    resolve: (status) => status,
  }),
);
