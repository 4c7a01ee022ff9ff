-- SPDX-License-Identifier: Apache-2.0
-- No server of the organization is wanted for longer; absent: for ever.
alter table idn_organization add column max_lease varchar(40);

-- When anything that is shown of them changed last, in microseconds since 1970 UTC; absent: not since there is this column.
alter table idn_user add column changed_at bigint;
alter table idn_group add column changed_at bigint;
