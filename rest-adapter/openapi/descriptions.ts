import type { RouteDescriptions } from './description.ts';
import { LINK_DESCRIPTIONS } from './link-descriptions.ts';
import { PAYMENT_DESCRIPTIONS } from './payment-descriptions.ts';
import { SERVICE_DESCRIPTIONS } from './service-descriptions.ts';

/** TABLE: every route in words and shapes. `description.ts` says how to add one. */
export const DESCRIPTIONS: RouteDescriptions = { ...PAYMENT_DESCRIPTIONS, ...LINK_DESCRIPTIONS, ...SERVICE_DESCRIPTIONS };
