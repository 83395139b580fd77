import type { RouteDescriptions } from './description.ts';
import { ACCOUNT_DESCRIPTIONS } from './account-descriptions.ts';
import { AUTH_DESCRIPTIONS } from './auth-descriptions.ts';
import { EXPORT_DESCRIPTIONS } from './export-descriptions.ts';
import { HOOK_DESCRIPTIONS } from './hook-descriptions.ts';
import { LINK_DESCRIPTIONS } from './link-descriptions.ts';
import { PAYMENT_DESCRIPTIONS } from './payment-descriptions.ts';
import { REGISTRATION_DESCRIPTIONS } from './registration-descriptions.ts';
import { SERVICE_DESCRIPTIONS } from './service-descriptions.ts';
import { WALLET_DESCRIPTIONS } from './wallet-descriptions.ts';

/** TABLE: every route in words and shapes. `description.ts` says how to add one. */
export const DESCRIPTIONS: RouteDescriptions = {
  ...PAYMENT_DESCRIPTIONS,
  ...LINK_DESCRIPTIONS,
  ...REGISTRATION_DESCRIPTIONS,
  ...WALLET_DESCRIPTIONS,
  ...HOOK_DESCRIPTIONS,
  ...ACCOUNT_DESCRIPTIONS,
  ...EXPORT_DESCRIPTIONS,
  ...AUTH_DESCRIPTIONS,
  ...SERVICE_DESCRIPTIONS,
};
