-- What moves is looked for every second, and must not be sought among thousands of open invoices that are due as well.
DROP INDEX "Swap_due";
CREATE INDEX "Swap_due_moving" ON "Swap" ("nextLookAt") WHERE "nextLookAt" IS NOT NULL AND "status" <> 'verified';
CREATE INDEX "Swap_due_unpaid" ON "Swap" ("nextLookAt") WHERE "nextLookAt" IS NOT NULL AND "status" = 'verified';
