-- SPDX-License-Identifier: Apache-2.0
-- The second factor of users (RFC 6238). The secret is sealed with the key for secrets. Times are microseconds since 1970 UTC.
-- totp_since: when a code confirmed it, null: not yet. totp_step: the last half minute whose code was taken.
alter table idn_user add column totp VARCHAR(300);
alter table idn_user add column totp_since BIGINT;
alter table idn_user add column totp_step BIGINT;

-- Codes for who has lost the second factor, each good once: only their SHA-256.
create table idn_recovery (
  user_id VARCHAR(40) NOT NULL,
  code_hash VARCHAR(64) NOT NULL,
  organization VARCHAR(40) NOT NULL,
  primary key (user_id, code_hash)
);
create index idn_recovery_of on idn_recovery (organization);

-- When the second factor was last proved in a session.
alter table idn_session add column proved_at BIGINT;

-- Tokens that may destroy things where a second factor is asked for before; null: no.
alter table idn_token add column destructive BOOLEAN;

-- When a second factor is asked for; null: at the login of those who have one.
alter table idn_organization add column require_mfa VARCHAR(20);

-- The person who answers for a service account; null: of before there was one. It stays when that person is gone.
alter table idn_user add column responsible VARCHAR(40);
create index idn_user_responsible on idn_user (organization, responsible, username);
