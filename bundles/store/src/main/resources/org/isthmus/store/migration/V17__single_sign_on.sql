-- SPDX-License-Identifier: Apache-2.0
-- Logins at a provider outside that are under way, each good once. Times are microseconds since 1970 UTC. Nothing in here opens
-- anything: what the provider sends back and what the browser keeps are there as SHA-256 only.
create table idn_sso_login (
  state_hash VARCHAR(64) NOT NULL,
  directory VARCHAR(40) NOT NULL,
  browser_hash VARCHAR(64) NOT NULL,
  next_path VARCHAR(600),
  address VARCHAR(100) NOT NULL,
  begun_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  primary key (state_hash)
);
create index idn_sso_login_of on idn_sso_login (directory, address);
create index idn_sso_login_until on idn_sso_login (expires_at);

-- Tokens of providers that were used and are good once, until they expire.
create table idn_sso_used (
  directory VARCHAR(40) NOT NULL,
  token_hash VARCHAR(64) NOT NULL,
  until_at BIGINT NOT NULL,
  primary key (directory, token_hash)
);
create index idn_sso_used_until on idn_sso_used (until_at);

-- Whom the provider means when it ends sessions: its own name for the person, whatever directory keeps them here.
alter table idn_session add column directory_subject varchar(255);
create index idn_session_subject on idn_session (directory, directory_subject);
