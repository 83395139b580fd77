-- A shop of a million payments has a few addresses that nobody has used, each promised again and again: they are found without a look at the rest.

-- DropIndex
DROP INDEX "AddressLease_releasedAt_leasedAt_idx";

-- CreateIndex
CREATE INDEX "AddressLease_addressId_releasedAt_idx" ON "AddressLease"("addressId", "releasedAt");

-- CreateIndex
CREATE INDEX "AddressLease_leasedAt_idx" ON "AddressLease"("leasedAt");

CREATE INDEX "Address_unused_idx" ON "Address"("chainId") WHERE "everUsedAt" IS NULL;

-- An address is at rest when none of its leases is open: that of a claim, which no payer may ever be shown, stays open.
ALTER TABLE "AddressLease" ADD CONSTRAINT "P8_claims_stay" CHECK ("purpose" = 'direct' OR "releasedAt" IS NULL);
