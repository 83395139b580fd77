-- What retention and reminders look for. No clock of the database is read: rows that stand already keep a null, and the job that forgets
-- mails counts from when it first sees them.

-- AlterTable
ALTER TABLE "MailOutbox" ADD COLUMN     "createdAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "Account_planEndsAt_idx" ON "Account"("planEndsAt");

-- CreateIndex
CREATE INDEX "Delivery_createdAt_idx" ON "Delivery"("createdAt");
