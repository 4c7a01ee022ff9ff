-- SPDX-License-Identifier: Apache-2.0
-- Roles that organizations make themselves. A grant names one by its id. Times are microseconds since 1970 UTC.
create table idn_role (
  id VARCHAR(40) NOT NULL PRIMARY KEY,
  organization VARCHAR(40) NOT NULL,
  name VARCHAR(63) NOT NULL,
  actions VARCHAR(4000) NOT NULL,
  created_at BIGINT NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL
);
create unique index idn_role_name on idn_role (organization, name);

-- Roles that no person of an organization holds at the same time; null: those that conflict by default.
alter table idn_organization add column conflicting_roles VARCHAR(8000);
