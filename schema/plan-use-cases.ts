import type { PlanAsker } from '../src/billing/renew-plan.ts';
import type { PlanPeriod } from '../src/billing/plan-period.ts';
import type { PlanPrice, PlanStatus } from '../src/billing/plan-status.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { RegistrationInput } from '../src/registrations/registration-input.ts';
import type { RegistrationView } from '../src/registrations/registration.ts';

/** What the API can do about plans and registrations: the use cases of `src/billing` and `src/registrations`, bound in `src/build-plans.ts`. */
export type PlanUseCases = {
  readonly register: (input: RegistrationInput) => Promise<Result<RegistrationView, Refusal>>;
  readonly poll: (registrationId: string) => Promise<Result<RegistrationView, Refusal>>;
  /** The same without any effect; null when there is none of that id. */
  readonly registrationStatus: (registrationId: string) => Promise<RegistrationView['status'] | null>;
  /** Where changes of a registration are announced. */
  readonly registrationSubject: (registrationId: string) => string;
  readonly renew: (asker: PlanAsker, input: { readonly plan: unknown }) => Promise<Result<PlanPeriod, Refusal>>;
  readonly status: (accountId: string) => Promise<PlanStatus>;
  readonly prices: () => Promise<readonly PlanPrice[]>;
};
