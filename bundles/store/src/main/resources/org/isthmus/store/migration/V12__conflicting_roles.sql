-- SPDX-License-Identifier: Apache-2.0
-- Roles that no person of an organization holds at the same time; null: those that conflict by default.
alter table idn_organization add column conflicting_roles VARCHAR(8000);
