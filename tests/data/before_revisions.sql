BEGIN TRANSACTION;
CREATE TABLE campaigns (
	company_id VARCHAR(64) NOT NULL,
	id VARCHAR(64) NOT NULL,
	name VARCHAR(255) NOT NULL,
	description TEXT NOT NULL,
	status VARCHAR(16) NOT NULL,
	start_date VARCHAR(10),
	end_date VARCHAR(10),
	currency VARCHAR(16),
	created_at VARCHAR(32) NOT NULL,
	created_by VARCHAR(255) NOT NULL,
	last_updated VARCHAR(32) NOT NULL,
	CONSTRAINT pk_campaigns PRIMARY KEY (company_id, id),
	CONSTRAINT uq_campaigns_company_id_name UNIQUE (company_id, name)
);
CREATE TABLE companies (
	id VARCHAR(64) NOT NULL,
	name VARCHAR(255) NOT NULL,
	currency VARCHAR(16) NOT NULL,
	time_zone VARCHAR(64) NOT NULL,
	rounding VARCHAR(16) NOT NULL,
	combination VARCHAR(32) NOT NULL,
	currencies TEXT NOT NULL,
	guest_secret BLOB NOT NULL,
	rules_version INTEGER NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	CONSTRAINT pk_companies PRIMARY KEY (id)
);
CREATE TABLE counters (
	company_id VARCHAR(64) NOT NULL,
	promotion_id VARCHAR(64) NOT NULL,
	scope VARCHAR(16) NOT NULL,
	"key" VARCHAR(255) NOT NULL,
	used BIGINT NOT NULL,
	CONSTRAINT pk_counters PRIMARY KEY (company_id, promotion_id, scope, "key")
);
CREATE TABLE keys (
	id VARCHAR(64) NOT NULL,
	company_id VARCHAR(64) NOT NULL,
	name VARCHAR(255) NOT NULL,
	secret_hash VARCHAR(64) NOT NULL,
	scopes VARCHAR(255) NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	CONSTRAINT pk_keys PRIMARY KEY (id)
);
CREATE TABLE promotions (
	company_id VARCHAR(64) NOT NULL,
	id VARCHAR(64) NOT NULL,
	campaign_id VARCHAR(64) NOT NULL,
	name VARCHAR(255) NOT NULL,
	code_form VARCHAR(64) NOT NULL,
	status VARCHAR(16) NOT NULL,
	body TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	created_by VARCHAR(255) NOT NULL,
	last_updated VARCHAR(32) NOT NULL,
	CONSTRAINT pk_promotions PRIMARY KEY (company_id, id),
	CONSTRAINT uq_promotions_company_id_campaign_id_name UNIQUE (company_id, campaign_id, name),
	CONSTRAINT uq_promotions_company_id_code_form UNIQUE (company_id, code_form)
);
CREATE TABLE redemptions (
	company_id VARCHAR(64) NOT NULL,
	reference VARCHAR(255) NOT NULL,
	state VARCHAR(16) NOT NULL,
	attempt VARCHAR(255) NOT NULL,
	cart TEXT NOT NULL,
	evaluation TEXT NOT NULL,
	amount_due BIGINT NOT NULL,
	undiscounted BIGINT NOT NULL,
	currency VARCHAR(16) NOT NULL,
	charged BIGINT,
	customer_key VARCHAR(255),
	held_at VARCHAR(32) NOT NULL,
	is_delivered BOOLEAN NOT NULL,
	lease_until VARCHAR(32),
	expires_at VARCHAR(32) NOT NULL,
	settled_at VARCHAR(32),
	CONSTRAINT pk_redemptions PRIMARY KEY (company_id, reference)
);
CREATE TABLE rejected_grants (
	company_id VARCHAR(64) NOT NULL,
	reference VARCHAR(255) NOT NULL,
	attempt VARCHAR(255) NOT NULL,
	body TEXT NOT NULL,
	why TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	CONSTRAINT pk_rejected_grants PRIMARY KEY (company_id, reference, attempt)
);
CREATE TABLE rulesets (
	company_id VARCHAR(64) NOT NULL,
	revision VARCHAR(64) NOT NULL,
	document TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	CONSTRAINT pk_rulesets PRIMARY KEY (company_id, revision)
);
CREATE TABLE uses (
	company_id VARCHAR(64) NOT NULL,
	promotion_id VARCHAR(64) NOT NULL,
	reference VARCHAR(255) NOT NULL,
	customer_key VARCHAR(255),
	day VARCHAR(10) NOT NULL,
	discount BIGINT NOT NULL,
	counted TEXT NOT NULL,
	CONSTRAINT pk_uses PRIMARY KEY (company_id, promotion_id, reference)
);
CREATE INDEX ix_redemptions_due ON redemptions (company_id, state, expires_at);
CREATE INDEX ix_redemptions_held_at ON redemptions (company_id, held_at, reference);
CREATE INDEX ix_uses_reference ON uses (company_id, reference);
COMMIT;
