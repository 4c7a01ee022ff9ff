-- SPDX-License-Identifier: Apache-2.0
-- No server of the organization is wanted for longer; absent: for ever.
alter table idn_organization add column max_lease varchar(40);
