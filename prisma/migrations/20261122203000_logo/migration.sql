-- A logo is served under the hash of its own bytes, so that whoever has seen it never asks again.

-- AlterTable
ALTER TABLE "Account" ADD COLUMN     "logoHash" TEXT;

-- CreateIndex
CREATE INDEX "Account_logoHash_idx" ON "Account"("logoHash");

-- A name without a picture would be a dead address on every page of the shop. The length holds rows small: they are read with each payment.
ALTER TABLE "Account"
  ADD CONSTRAINT "P8_logo" CHECK (("logo" IS NULL) = ("logoHash" IS NULL)),
  ADD CONSTRAINT "P8_logo_length" CHECK (octet_length("logo") <= 262144);
