-- SPDX-License-Identifier: Apache-2.0
-- A limit that is frozen lets nothing new begin. Times are microseconds since 1970 UTC.
alter table lim_limit add column freezes boolean;
alter table lim_limit add column frozen_at bigint;
alter table lim_limit add column frozen_by varchar(200);
-- by itself, as its month was used up: it is lifted by itself too
alter table lim_limit add column frozen_alone boolean;
-- the begin of the month in which somebody lifted it though it was used up
alter table lim_limit add column spared_month bigint;
