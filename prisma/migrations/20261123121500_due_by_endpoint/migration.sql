-- What is due is looked for endpoint by endpoint: of a long queue only its first few are read.
DROP INDEX "Delivery_due";
CREATE INDEX "Delivery_due" ON "Delivery" ("endpointId", "nextAttemptAt", "createdAt", "id") WHERE "nextAttemptAt" IS NOT NULL;
