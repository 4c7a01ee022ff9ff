-- SPDX-License-Identifier: Apache-2.0
-- Identity: organizations, departments, users, grants, sessions, tokens. Times are microseconds since 1970 UTC.

CREATE TABLE idn_organization (
  id VARCHAR(40) NOT NULL PRIMARY KEY,
  name VARCHAR(63) NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  parent VARCHAR(40),
  deployments_per_day INTEGER NOT NULL,
  deletion_grace VARCHAR(40) NOT NULL,
  allowed_locations VARCHAR(21000),
  required_tags VARCHAR(1500) NOT NULL,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX idn_organization_name ON idn_organization (name);
CREATE INDEX idn_organization_parent ON idn_organization (parent);

-- One row an organization: counts every change of what its people may do. Whoever keeps a copy of those rights in memory
-- compares; whoever changes them counts first, which also lets such changes of one organization happen one by one.
CREATE TABLE idn_rights (
  organization VARCHAR(40) NOT NULL PRIMARY KEY,
  changes BIGINT NOT NULL
);

CREATE TABLE idn_department (
  id VARCHAR(40) NOT NULL PRIMARY KEY,
  organization VARCHAR(40) NOT NULL,
  name VARCHAR(63) NOT NULL,
  parent VARCHAR(40),
  created_at BIGINT NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX idn_department_name ON idn_department (organization, name);
CREATE INDEX idn_department_parent ON idn_department (organization, parent);

CREATE TABLE idn_user (
  id VARCHAR(40) NOT NULL PRIMARY KEY,
  organization VARCHAR(40) NOT NULL,
  username VARCHAR(64) NOT NULL,
  email VARCHAR(254) NOT NULL,
  department VARCHAR(40),
  kind VARCHAR(20) NOT NULL,
  state VARCHAR(20) NOT NULL,
  password VARCHAR(300),
  must_change_password BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX idn_user_username ON idn_user (organization, username);
CREATE INDEX idn_user_department ON idn_user (organization, department, username);
CREATE INDEX idn_user_state ON idn_user (organization, state, username);

CREATE TABLE idn_grant (
  id VARCHAR(40) NOT NULL PRIMARY KEY,
  organization VARCHAR(40) NOT NULL,
  subject_kind VARCHAR(20) NOT NULL,
  subject_id VARCHAR(40) NOT NULL,
  role VARCHAR(63) NOT NULL,
  scope_kind VARCHAR(20) NOT NULL,
  scope_id VARCHAR(200) NOT NULL,
  from_at BIGINT,
  until_at BIGINT,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX idn_grant_list ON idn_grant (organization, id);
CREATE INDEX idn_grant_subject ON idn_grant (organization, subject_id, id);
CREATE INDEX idn_grant_role ON idn_grant (organization, role, id);

-- A bearer token itself is never stored, only its SHA-256.
CREATE TABLE idn_session (
  id VARCHAR(40) NOT NULL PRIMARY KEY,
  organization VARCHAR(40) NOT NULL,
  user_id VARCHAR(40) NOT NULL,
  token_hash VARCHAR(64) NOT NULL,
  address VARCHAR(100) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX idn_session_hash ON idn_session (token_hash);
CREATE INDEX idn_session_user ON idn_session (organization, user_id, id);

CREATE TABLE idn_token (
  id VARCHAR(40) NOT NULL PRIMARY KEY,
  organization VARCHAR(40) NOT NULL,
  user_id VARCHAR(40) NOT NULL,
  name VARCHAR(63) NOT NULL,
  token_hash VARCHAR(64) NOT NULL,
  actions VARCHAR(4000),
  expires_at BIGINT NOT NULL,
  last_used_at BIGINT,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX idn_token_hash ON idn_token (token_hash);
CREATE UNIQUE INDEX idn_token_name ON idn_token (organization, user_id, name);
