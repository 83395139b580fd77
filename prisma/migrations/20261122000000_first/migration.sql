-- The tables, as Prisma derives them from schema.prisma.

-- CreateTable
CREATE TABLE "Account" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "isOperator" BOOLEAN NOT NULL,
    "settings" JSONB NOT NULL,
    "logo" BYTEA,
    "brandColour" TEXT,
    "trialUsed" INTEGER NOT NULL,
    "planEndsAt" TIMESTAMPTZ(3),
    "eventSeq" BIGINT NOT NULL,
    "version" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "emailVerifiedAt" TIMESTAMPTZ(3),
    "passwordHash" TEXT NOT NULL,
    "totpSealed" BYTEA,
    "totpLastStep" BIGINT,
    "role" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Passkey" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "publicKey" BYTEA NOT NULL,
    "signCount" BIGINT NOT NULL,
    "label" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Passkey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "idHash" BYTEA NOT NULL,
    "userId" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "secondFactorAt" TIMESTAMPTZ(3),
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "revokedAt" TIMESTAMPTZ(3),
    "ip" TEXT NOT NULL,
    "userAgent" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("idHash")
);

-- CreateTable
CREATE TABLE "OneTimeToken" (
    "hash" BYTEA NOT NULL,
    "kind" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "userId" TEXT,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),
    "result" JSONB,

    CONSTRAINT "OneTimeToken_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "hint" TEXT NOT NULL,
    "publicText" TEXT,
    "label" TEXT NOT NULL,
    "origins" TEXT[],
    "maxAmount" JSONB,
    "rotatedFromId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),
    "lastUsedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ScriptChain" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "descriptorSealed" BYTEA NOT NULL,
    "fingerprint" TEXT,
    "nextIndex" INTEGER NOT NULL,
    "lastUsedIndex" INTEGER NOT NULL,
    "scannedAt" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ScriptChain_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Wallet" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "directChainId" TEXT NOT NULL,
    "claimChainId" TEXT NOT NULL,
    "via" TEXT NOT NULL,
    "connectedAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Wallet_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Address" (
    "id" TEXT NOT NULL,
    "chainId" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "scriptPubKey" BYTEA NOT NULL,
    "everUsedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Address_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AddressLease" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "addressId" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "paymentId" TEXT,
    "swapId" TEXT,
    "amountSats" BIGINT NOT NULL,
    "leasedAt" TIMESTAMPTZ(3) NOT NULL,
    "releasedAt" TIMESTAMPTZ(3),

    CONSTRAINT "AddressLease_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "KeyIndex" (
    "era" INTEGER NOT NULL,
    "nextIndex" INTEGER NOT NULL,
    "xpubFingerprint" TEXT NOT NULL,

    CONSTRAINT "KeyIndex_pkey" PRIMARY KEY ("era")
);

-- CreateTable
CREATE TABLE "Payment" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "apiKeyId" TEXT,
    "linkId" TEXT,
    "visitorHash" BYTEA,
    "currency" TEXT NOT NULL,
    "fiatMinor" BIGINT NOT NULL,
    "amountSats" BIGINT NOT NULL,
    "quoteId" TEXT NOT NULL,
    "redirectUrl" TEXT,
    "metadataText" TEXT NOT NULL,
    "lightning" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "nextLookAt" TIMESTAMPTZ(3),
    "detectedAt" TIMESTAMPTZ(3),
    "method" TEXT,
    "txid" TEXT,
    "paidAt" TIMESTAMPTZ(3),
    "late" BOOLEAN NOT NULL,
    "receivedSats" BIGINT NOT NULL,
    "feesSats" BIGINT,
    "expiryReason" TEXT,
    "exception" TEXT,
    "settlement" TEXT,

    CONSTRAINT "Payment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Swap" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "subjectId" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "fence" BIGINT NOT NULL,
    "leaseUntil" TIMESTAMPTZ(3),
    "nextLookAt" TIMESTAMPTZ(3),
    "provider" TEXT NOT NULL,
    "providerSwapId" TEXT,
    "hintTokenHash" BYTEA,
    "keyEra" INTEGER NOT NULL,
    "keyIndex" INTEGER NOT NULL,
    "claimPublicKey" BYTEA NOT NULL,
    "preimageHash" BYTEA NOT NULL,
    "invoiceSats" BIGINT NOT NULL,
    "requestJson" JSONB NOT NULL,
    "responseSealed" BYTEA,
    "invoice" TEXT,
    "invoiceExpiresAt" TIMESTAMPTZ(3),
    "onchainSats" BIGINT,
    "lockupScript" BYTEA,
    "timeoutHeight" INTEGER,
    "lockupTxid" TEXT,
    "lockupVout" INTEGER,
    "lockupSats" BIGINT,
    "lockupHeight" INTEGER,
    "claimTxSealed" BYTEA,
    "claimTxid" TEXT,
    "claimFeeSats" BIGINT,
    "revealedAt" TIMESTAMPTZ(3),
    "acceptedAt" TIMESTAMPTZ(3),
    "buriedAt" TIMESTAMPTZ(3),
    "failure" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Swap_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LiquidReceipt" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "txid" TEXT NOT NULL,
    "vout" INTEGER NOT NULL,
    "addressId" TEXT NOT NULL,
    "asset" TEXT,
    "valueSats" BIGINT,
    "paymentId" TEXT,
    "verdict" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "height" INTEGER,
    "blockHash" TEXT,
    "seenAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "LiquidReceipt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ChainBlock" (
    "height" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "ChainBlock_pkey" PRIMARY KEY ("height")
);

-- CreateTable
CREATE TABLE "RateQuote" (
    "id" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "minorPerBtcE4" BIGINT NOT NULL,
    "sources" JSONB NOT NULL,
    "takenAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "RateQuote_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PaymentLink" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "currency" TEXT NOT NULL,
    "fiatMinor" BIGINT,
    "redirectUrl" TEXT,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "PaymentLink_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "type" TEXT NOT NULL,
    "subjectId" TEXT NOT NULL,
    "subjectVersion" INTEGER NOT NULL,
    "facts" JSONB NOT NULL,
    "webhookBody" TEXT,
    "requestId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Outbox" (
    "eventId" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Outbox_pkey" PRIMARY KEY ("eventId")
);

-- CreateTable
CREATE TABLE "EventCursor" (
    "accountId" TEXT NOT NULL,
    "consumer" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,

    CONSTRAINT "EventCursor_pkey" PRIMARY KEY ("accountId","consumer")
);

-- CreateTable
CREATE TABLE "WebhookEndpoint" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "isDefault" BOOLEAN NOT NULL,
    "url" TEXT NOT NULL,
    "eventTypes" TEXT[],
    "secretSealed" BYTEA,
    "oldSecretSealed" BYTEA,
    "oldSecretUntil" TIMESTAMPTZ(3),
    "status" TEXT NOT NULL,
    "failingSince" TIMESTAMPTZ(3),
    "breakerOpenUntil" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "WebhookEndpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Delivery" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "endpointId" TEXT NOT NULL,
    "eventId" TEXT NOT NULL,
    "redelivery" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "nextAttemptAt" TIMESTAMPTZ(3),
    "fence" BIGINT NOT NULL,
    "leaseUntil" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Attempt" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "deliveryId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "durationMs" INTEGER,
    "httpStatus" INTEGER,
    "errorCode" TEXT,
    "requestHeaders" JSONB NOT NULL,
    "responseHead" TEXT,

    CONSTRAINT "Attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "IdempotencyRecord" (
    "scope" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "keyHash" BYTEA NOT NULL,
    "bodyHash" BYTEA NOT NULL,
    "resultId" TEXT NOT NULL,
    "fence" BIGINT NOT NULL,
    "leaseUntil" TIMESTAMPTZ(3),
    "httpStatus" INTEGER,
    "replyText" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "IdempotencyRecord_pkey" PRIMARY KEY ("scope","route","keyHash")
);

-- CreateTable
CREATE TABLE "Registration" (
    "idHash" BYTEA NOT NULL,
    "email" TEXT NOT NULL,
    "passwordHash" TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    "termsVersion" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "usdMinor" BIGINT NOT NULL,
    "accountId" TEXT,
    "apiKeyId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "activatedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Registration_pkey" PRIMARY KEY ("idHash")
);

-- CreateTable
CREATE TABLE "PlanPeriod" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "usdMinor" BIGINT NOT NULL,
    "sats" BIGINT NOT NULL,
    "quoteId" TEXT NOT NULL,
    "swapId" TEXT,
    "startsAt" TIMESTAMPTZ(3),
    "endsAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "PlanPeriod_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MailOutbox" (
    "id" TEXT NOT NULL,
    "dedupeKey" TEXT NOT NULL,
    "accountId" TEXT,
    "recipient" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "facts" JSONB NOT NULL,
    "sentAt" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL,
    "nextAttemptAt" TIMESTAMPTZ(3),

    CONSTRAINT "MailOutbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ProviderHealth" (
    "provider" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "openUntil" TIMESTAMPTZ(3),
    "lastSuccessAt" TIMESTAMPTZ(3),
    "lastError" TEXT,
    "pairs" JSONB,
    "pairsReadAt" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL,

    CONSTRAINT "ProviderHealth_pkey" PRIMARY KEY ("provider")
);

-- CreateTable
CREATE TABLE "WorkerLease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "fence" BIGINT NOT NULL,
    "leaseUntil" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "WorkerLease_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" TEXT NOT NULL,
    "accountId" TEXT,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subjectId" TEXT,
    "facts" JSONB NOT NULL,
    "requestId" TEXT,
    "ip" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE INDEX "User_accountId_idx" ON "User"("accountId");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_hash_key" ON "ApiKey"("hash");

-- CreateIndex
CREATE INDEX "ApiKey_accountId_idx" ON "ApiKey"("accountId");

-- CreateIndex
CREATE INDEX "ScriptChain_accountId_idx" ON "ScriptChain"("accountId");

-- CreateIndex
CREATE UNIQUE INDEX "Address_scriptPubKey_key" ON "Address"("scriptPubKey");

-- CreateIndex
CREATE UNIQUE INDEX "Address_chainId_index_key" ON "Address"("chainId", "index");

-- CreateIndex
CREATE UNIQUE INDEX "AddressLease_swapId_key" ON "AddressLease"("swapId");

-- CreateIndex
CREATE INDEX "AddressLease_paymentId_idx" ON "AddressLease"("paymentId");

-- CreateIndex
CREATE INDEX "AddressLease_releasedAt_leasedAt_idx" ON "AddressLease"("releasedAt", "leasedAt");

-- CreateIndex
CREATE INDEX "Payment_accountId_mode_createdAt_id_idx" ON "Payment"("accountId", "mode", "createdAt" DESC, "id");

-- CreateIndex
CREATE INDEX "Payment_accountId_mode_status_createdAt_id_idx" ON "Payment"("accountId", "mode", "status", "createdAt" DESC, "id");

-- CreateIndex
CREATE INDEX "Payment_linkId_visitorHash_idx" ON "Payment"("linkId", "visitorHash");

-- CreateIndex
CREATE UNIQUE INDEX "Swap_hintTokenHash_key" ON "Swap"("hintTokenHash");

-- CreateIndex
CREATE UNIQUE INDEX "Swap_preimageHash_key" ON "Swap"("preimageHash");

-- CreateIndex
CREATE UNIQUE INDEX "Swap_lockupScript_key" ON "Swap"("lockupScript");

-- CreateIndex
CREATE UNIQUE INDEX "Swap_claimTxid_key" ON "Swap"("claimTxid");

-- CreateIndex
CREATE UNIQUE INDEX "Swap_keyEra_keyIndex_key" ON "Swap"("keyEra", "keyIndex");

-- CreateIndex
CREATE UNIQUE INDEX "Swap_provider_providerSwapId_key" ON "Swap"("provider", "providerSwapId");

-- CreateIndex
CREATE UNIQUE INDEX "Swap_lockupTxid_lockupVout_key" ON "Swap"("lockupTxid", "lockupVout");

-- CreateIndex
CREATE UNIQUE INDEX "Swap_subjectId_attempt_key" ON "Swap"("subjectId", "attempt");

-- CreateIndex
CREATE INDEX "LiquidReceipt_paymentId_idx" ON "LiquidReceipt"("paymentId");

-- CreateIndex
CREATE UNIQUE INDEX "LiquidReceipt_txid_vout_key" ON "LiquidReceipt"("txid", "vout");

-- CreateIndex
CREATE INDEX "PaymentLink_accountId_mode_createdAt_id_idx" ON "PaymentLink"("accountId", "mode", "createdAt" DESC, "id");

-- CreateIndex
CREATE UNIQUE INDEX "Event_accountId_sequence_key" ON "Event"("accountId", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "Event_subjectId_type_subjectVersion_key" ON "Event"("subjectId", "type", "subjectVersion");

-- CreateIndex
CREATE INDEX "WebhookEndpoint_accountId_idx" ON "WebhookEndpoint"("accountId");

-- CreateIndex
CREATE INDEX "Delivery_endpointId_createdAt_id_idx" ON "Delivery"("endpointId", "createdAt" DESC, "id");

-- CreateIndex
CREATE UNIQUE INDEX "Delivery_eventId_endpointId_redelivery_key" ON "Delivery"("eventId", "endpointId", "redelivery");

-- CreateIndex
CREATE UNIQUE INDEX "Attempt_deliveryId_number_key" ON "Attempt"("deliveryId", "number");

-- CreateIndex
CREATE INDEX "IdempotencyRecord_expiresAt_idx" ON "IdempotencyRecord"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "Registration_apiKeyId_key" ON "Registration"("apiKeyId");

-- CreateIndex
CREATE INDEX "Registration_email_idx" ON "Registration"("email");

-- CreateIndex
CREATE UNIQUE INDEX "PlanPeriod_swapId_key" ON "PlanPeriod"("swapId");

-- CreateIndex
CREATE UNIQUE INDEX "PlanPeriod_accountId_startsAt_key" ON "PlanPeriod"("accountId", "startsAt");

-- CreateIndex
CREATE UNIQUE INDEX "MailOutbox_dedupeKey_key" ON "MailOutbox"("dedupeKey");

-- CreateIndex
CREATE INDEX "AuditEntry_accountId_createdAt_id_idx" ON "AuditEntry"("accountId", "createdAt" DESC, "id");

-- AddForeignKey
ALTER TABLE "User" ADD CONSTRAINT "User_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Passkey" ADD CONSTRAINT "Passkey_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Address" ADD CONSTRAINT "Address_chainId_fkey" FOREIGN KEY ("chainId") REFERENCES "ScriptChain"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AddressLease" ADD CONSTRAINT "AddressLease_addressId_fkey" FOREIGN KEY ("addressId") REFERENCES "Address"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LiquidReceipt" ADD CONSTRAINT "LiquidReceipt_addressId_fkey" FOREIGN KEY ("addressId") REFERENCES "Address"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Delivery" ADD CONSTRAINT "Delivery_eventId_fkey" FOREIGN KEY ("eventId") REFERENCES "Event"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Attempt" ADD CONSTRAINT "Attempt_deliveryId_fkey" FOREIGN KEY ("deliveryId") REFERENCES "Delivery"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ======================================================================================================================
-- By hand: what Prisma cannot say. Valid on PostgreSQL 15 to 18. No clock of the database is read anywhere.
-- ======================================================================================================================

-- ---------- P1 to P5: uniqueness among some of the rows

CREATE UNIQUE INDEX "P1_one_operator" ON "Account" ("isOperator") WHERE "isOperator";
CREATE UNIQUE INDEX "P2_one_wallet_per_account" ON "Wallet" ("accountId") WHERE "endedAt" IS NULL;
CREATE UNIQUE INDEX "P3_one_lease_per_address" ON "AddressLease" ("addressId") WHERE "releasedAt" IS NULL;
CREATE UNIQUE INDEX "P4_outcome_announced_once" ON "Event" ("subjectId", "type") WHERE "type" IN ('payment.confirmed', 'payment.expired');
CREATE UNIQUE INDEX "P5_one_default_endpoint" ON "WebhookEndpoint" ("accountId", "mode") WHERE "isDefault";

-- Due columns: most rows are finished and never due again, so only the others are indexed.
CREATE INDEX "Payment_due" ON "Payment" ("nextLookAt") WHERE "nextLookAt" IS NOT NULL;
CREATE INDEX "Swap_due" ON "Swap" ("nextLookAt") WHERE "nextLookAt" IS NOT NULL;
CREATE INDEX "Delivery_due" ON "Delivery" ("nextAttemptAt") WHERE "nextAttemptAt" IS NOT NULL;
CREATE INDEX "MailOutbox_due" ON "MailOutbox" ("nextAttemptAt") WHERE "nextAttemptAt" IS NOT NULL;

-- ---------- P6: no outcome of a payment without its event, whoever writes it. Judged at commit, so the order of writes is free.

CREATE FUNCTION "P6_require_event"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM "Event"
    WHERE "subjectId" = NEW."id" AND "accountId" = NEW."accountId" AND "subjectVersion" = NEW."version"
      AND "type" = CASE NEW."status" WHEN 'paid' THEN 'payment.confirmed' ELSE 'payment.expired' END
  ) THEN
    RAISE EXCEPTION 'P6: payment % became % in version % without its event', NEW."id", NEW."status", NEW."version"
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER "P6_outcome_inserted" AFTER INSERT ON "Payment" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW."status" IN ('paid', 'expired')) EXECUTE FUNCTION "P6_require_event"();
CREATE CONSTRAINT TRIGGER "P6_outcome_reached" AFTER UPDATE ON "Payment" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW."status" IN ('paid', 'expired') AND OLD."status" IS DISTINCT FROM NEW."status") EXECUTE FUNCTION "P6_require_event"();

-- ---------- P7: the log and the counters only grow

CREATE FUNCTION "P7_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'P7: rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER "P7_append_only" BEFORE UPDATE OR DELETE ON "Event" FOR EACH ROW EXECUTE FUNCTION "P7_refuse_change"();
CREATE TRIGGER "P7_append_only" BEFORE UPDATE OR DELETE ON "AuditEntry" FOR EACH ROW EXECUTE FUNCTION "P7_refuse_change"();
CREATE TRIGGER "P7_append_only" BEFORE UPDATE OR DELETE ON "RateQuote" FOR EACH ROW EXECUTE FUNCTION "P7_refuse_change"();
CREATE TRIGGER "P7_no_truncate" BEFORE TRUNCATE ON "Event" FOR EACH STATEMENT EXECUTE FUNCTION "P7_refuse_change"();
CREATE TRIGGER "P7_no_truncate" BEFORE TRUNCATE ON "AuditEntry" FOR EACH STATEMENT EXECUTE FUNCTION "P7_refuse_change"();
CREATE TRIGGER "P7_no_truncate" BEFORE TRUNCATE ON "RateQuote" FOR EACH STATEMENT EXECUTE FUNCTION "P7_refuse_change"();
-- A counter whose row is removed would begin again: the key or address it gave out would be given out twice.
CREATE TRIGGER "P7_counter_stays" BEFORE DELETE ON "KeyIndex" FOR EACH ROW EXECUTE FUNCTION "P7_refuse_change"();
CREATE TRIGGER "P7_counter_stays" BEFORE DELETE ON "ScriptChain" FOR EACH ROW EXECUTE FUNCTION "P7_refuse_change"();

CREATE FUNCTION "P7_refuse_decrease"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'P7: the counter of % never goes back', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER "P7_counter_grows" BEFORE UPDATE ON "KeyIndex"
  FOR EACH ROW WHEN (NEW."nextIndex" < OLD."nextIndex" OR NEW."era" <> OLD."era") EXECUTE FUNCTION "P7_refuse_decrease"();
CREATE TRIGGER "P7_counter_grows" BEFORE UPDATE ON "ScriptChain"
  FOR EACH ROW WHEN (NEW."nextIndex" < OLD."nextIndex" OR NEW."id" <> OLD."id") EXECUTE FUNCTION "P7_refuse_decrease"();
CREATE TRIGGER "P7_counter_grows" BEFORE UPDATE ON "Account"
  FOR EACH ROW WHEN (NEW."eventSeq" < OLD."eventSeq") EXECUTE FUNCTION "P7_refuse_decrease"();

-- ---------- P8: states that cannot be stored. A CHECK passes on NULL, so nullable lists need no word about it.

ALTER TABLE "Account"
  ADD CONSTRAINT "P8_status" CHECK ("status" IN ('active', 'suspended', 'closed')),
  ADD CONSTRAINT "P8_counts" CHECK ("trialUsed" >= 0 AND "eventSeq" >= 0);
ALTER TABLE "User" ADD CONSTRAINT "P8_role" CHECK ("role" IN ('owner'));
ALTER TABLE "ApiKey"
  ADD CONSTRAINT "P8_kind" CHECK ("kind" IN ('secret', 'publishable')),
  ADD CONSTRAINT "P8_mode" CHECK ("mode" IN ('live', 'test')),
  ADD CONSTRAINT "P8_text_of_publishable_only" CHECK (("kind" = 'publishable') = ("publicText" IS NOT NULL));
ALTER TABLE "ScriptChain" ADD CONSTRAINT "P8_counts" CHECK ("nextIndex" >= 0 AND "lastUsedIndex" >= -1);
ALTER TABLE "Wallet" ADD CONSTRAINT "P8_via" CHECK ("via" IN ('api', 'samrock', 'paste', 'camera', 'operator'));
ALTER TABLE "Address" ADD CONSTRAINT "P8_index" CHECK ("index" >= 0);
ALTER TABLE "AddressLease"
  ADD CONSTRAINT "P8_purpose" CHECK ("purpose" IN ('direct', 'claim')),
  ADD CONSTRAINT "P8_subject" CHECK (("purpose" = 'direct') = ("paymentId" IS NOT NULL) AND ("purpose" = 'claim') = ("swapId" IS NOT NULL)),
  ADD CONSTRAINT "P8_amount" CHECK ("amountSats" > 0);
ALTER TABLE "KeyIndex" ADD CONSTRAINT "P8_counts" CHECK ("era" >= 0 AND "nextIndex" >= 0);

ALTER TABLE "Payment"
  ADD CONSTRAINT "P8_mode" CHECK ("mode" IN ('live', 'test')),
  ADD CONSTRAINT "P8_status" CHECK ("status" IN ('pending', 'detected', 'paid', 'expired')),
  ADD CONSTRAINT "P8_source" CHECK ("source" IN ('secret', 'publishable', 'link', 'dashboard')),
  ADD CONSTRAINT "P8_lightning" CHECK ("lightning" IN ('offered', 'none_configured', 'provider_down', 'out_of_limits')),
  ADD CONSTRAINT "P8_method" CHECK ("method" IN ('lightning', 'liquid')),
  ADD CONSTRAINT "P8_exception" CHECK ("exception" IN ('underpaid', 'overpaid', 'paid_twice', 'payout_lost', 'dropped')),
  ADD CONSTRAINT "P8_settlement" CHECK ("settlement" IN ('unconfirmed', 'confirmed', 'dropped')),
  ADD CONSTRAINT "P8_amounts" CHECK ("fiatMinor" > 0 AND "amountSats" > 0 AND "receivedSats" >= 0 AND "feesSats" >= 0),
  ADD CONSTRAINT "P8_least_live_amount" CHECK ("mode" <> 'live' OR "amountSats" >= 1000),
  ADD CONSTRAINT "P8_times" CHECK ("expiresAt" > "createdAt"),
  ADD CONSTRAINT "P8_metadata" CHECK (octet_length("metadataText") <= 2048),
  ADD CONSTRAINT "P8_detected_facts" CHECK ("status" <> 'detected' OR ("detectedAt" IS NOT NULL AND "method" IS NOT NULL AND "txid" IS NOT NULL)),
  ADD CONSTRAINT "P8_paid_has_time" CHECK (("status" = 'paid') = ("paidAt" IS NOT NULL)),
  ADD CONSTRAINT "P8_paid_facts" CHECK (
    "status" <> 'paid' OR ("method" IS NOT NULL AND "txid" IS NOT NULL AND "feesSats" IS NOT NULL AND "settlement" IS NOT NULL)),
  ADD CONSTRAINT "P8_expired_has_reason" CHECK ("status" <> 'expired' OR "expiryReason" IS NOT NULL);

ALTER TABLE "Swap"
  ADD CONSTRAINT "P8_subject" CHECK ("subject" IN ('payment', 'registration', 'renewal')),
  ADD CONSTRAINT "P8_status" CHECK ("status" IN ('reserved', 'requested', 'verified', 'lockup_seen', 'lockup_ok', 'claim_stored', 'revealed',
    'claim_accepted', 'claim_buried', 'expired', 'refunded', 'rejected', 'held')),
  ADD CONSTRAINT "P8_amounts" CHECK ("invoiceSats" > 0 AND "onchainSats" > 0 AND "lockupSats" > 0 AND "claimFeeSats" > 0),
  ADD CONSTRAINT "P8_indexes" CHECK ("keyEra" >= 0 AND "keyIndex" >= 0 AND "attempt" >= 0 AND "lockupVout" >= 0),
  ADD CONSTRAINT "P8_lengths" CHECK (octet_length("preimageHash") = 32 AND octet_length("claimPublicKey") = 33),
  ADD CONSTRAINT "P8_nothing_shown_unverified" CHECK ("status" NOT IN ('reserved', 'requested') OR "invoice" IS NULL),
  ADD CONSTRAINT "P8_verified_facts" CHECK (
    "status" NOT IN ('verified', 'lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'claim_buried')
    OR ("providerSwapId" IS NOT NULL AND "responseSealed" IS NOT NULL AND "invoice" IS NOT NULL AND "invoiceExpiresAt" IS NOT NULL
      AND "onchainSats" IS NOT NULL AND "lockupScript" IS NOT NULL AND "timeoutHeight" IS NOT NULL)),
  ADD CONSTRAINT "P8_lockup_facts" CHECK (
    "status" NOT IN ('lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'claim_buried')
    OR ("lockupTxid" IS NOT NULL AND "lockupVout" IS NOT NULL)),
  ADD CONSTRAINT "P8_claim_facts" CHECK (
    "status" NOT IN ('claim_stored', 'revealed', 'claim_accepted', 'claim_buried')
    OR ("claimTxSealed" IS NOT NULL AND "claimTxid" IS NOT NULL AND "claimFeeSats" IS NOT NULL)),
  ADD CONSTRAINT "P8_reveal_needs_stored_claim" CHECK ("revealedAt" IS NULL OR ("claimTxSealed" IS NOT NULL AND "claimTxid" IS NOT NULL)),
  ADD CONSTRAINT "P8_revealed_facts" CHECK ("status" NOT IN ('revealed', 'claim_accepted', 'claim_buried') OR "revealedAt" IS NOT NULL),
  ADD CONSTRAINT "P8_accepted_facts" CHECK ("status" NOT IN ('claim_accepted', 'claim_buried') OR "acceptedAt" IS NOT NULL),
  ADD CONSTRAINT "P8_buried_facts" CHECK ("status" <> 'claim_buried' OR "buriedAt" IS NOT NULL);

ALTER TABLE "LiquidReceipt"
  ADD CONSTRAINT "P8_verdict" CHECK ("verdict" IN ('credited', 'extra', 'late', 'wrong_asset', 'dust', 'unreadable', 'claim', 'foreign')),
  ADD CONSTRAINT "P8_state" CHECK ("state" IN ('mempool', 'confirmed', 'dropped', 'replaced')),
  ADD CONSTRAINT "P8_amount" CHECK ("valueSats" >= 0 AND "vout" >= 0),
  ADD CONSTRAINT "P8_credited_facts" CHECK (
    "verdict" <> 'credited' OR ("paymentId" IS NOT NULL AND "asset" IS NOT NULL AND "valueSats" IS NOT NULL AND "valueSats" > 0));
ALTER TABLE "ChainBlock" ADD CONSTRAINT "P8_height" CHECK ("height" >= 0);
ALTER TABLE "RateQuote" ADD CONSTRAINT "P8_rate" CHECK ("minorPerBtcE4" > 0);
ALTER TABLE "PaymentLink"
  ADD CONSTRAINT "P8_mode" CHECK ("mode" IN ('live', 'test')),
  ADD CONSTRAINT "P8_status" CHECK ("status" IN ('active', 'inactive')),
  ADD CONSTRAINT "P8_amount" CHECK ("fiatMinor" > 0);

ALTER TABLE "Event" ADD CONSTRAINT "P8_sequence" CHECK ("sequence" > 0);
ALTER TABLE "EventCursor" ADD CONSTRAINT "P8_sequence" CHECK ("sequence" >= 0);
ALTER TABLE "WebhookEndpoint"
  ADD CONSTRAINT "P8_mode" CHECK ("mode" IN ('live', 'test')),
  ADD CONSTRAINT "P8_status" CHECK ("status" IN ('enabled', 'paused', 'disabled'));
ALTER TABLE "Delivery"
  ADD CONSTRAINT "P8_status" CHECK ("status" IN ('pending', 'delivered', 'exhausted', 'cancelled')),
  ADD CONSTRAINT "P8_counts" CHECK ("attempts" >= 0 AND "redelivery" >= 0);
ALTER TABLE "Attempt" ADD CONSTRAINT "P8_counts" CHECK ("number" >= 1 AND "durationMs" >= 0);

-- A refusal for being busy or broken says nothing about the request: it is never the stored answer.
ALTER TABLE "IdempotencyRecord" ADD CONSTRAINT "P8_reply" CHECK ("httpStatus" BETWEEN 200 AND 499 AND "httpStatus" <> 429);
ALTER TABLE "Registration"
  ADD CONSTRAINT "P8_status" CHECK ("status" IN ('pending', 'active', 'expired', 'held')),
  ADD CONSTRAINT "P8_plan" CHECK ("plan" IN ('lightning_monthly', 'lightning_yearly')),
  ADD CONSTRAINT "P8_amount" CHECK ("usdMinor" > 0),
  ADD CONSTRAINT "P8_active_facts" CHECK ("status" <> 'active' OR ("accountId" IS NOT NULL AND "activatedAt" IS NOT NULL));
ALTER TABLE "PlanPeriod"
  ADD CONSTRAINT "P8_plan" CHECK ("plan" IN ('lightning_monthly', 'lightning_yearly')),
  ADD CONSTRAINT "P8_status" CHECK ("status" IN ('open', 'paid', 'expired')),
  ADD CONSTRAINT "P8_amounts" CHECK ("usdMinor" > 0 AND "sats" > 0),
  ADD CONSTRAINT "P8_paid_facts" CHECK (("status" = 'paid') = ("startsAt" IS NOT NULL) AND ("status" = 'paid') = ("endsAt" IS NOT NULL)),
  ADD CONSTRAINT "P8_times" CHECK ("endsAt" > "startsAt");
ALTER TABLE "MailOutbox" ADD CONSTRAINT "P8_counts" CHECK ("attempts" >= 0);
ALTER TABLE "ProviderHealth" ADD CONSTRAINT "P8_state" CHECK ("state" IN ('closed', 'open', 'half_open'));
