-- SPDX-License-Identifier: Apache-2.0
-- A limit that is frozen lets nothing new begin. Times are microseconds since 1970 UTC.
alter table lim_limit add column freezes boolean;
alter table lim_limit add column frozen_at bigint;
alter table lim_limit add column frozen_by varchar(200);
-- by itself, as its month was used up: it is lifted by itself too
alter table lim_limit add column frozen_alone boolean;
-- the begin of the month in which somebody lifted it though it was used up
alter table lim_limit add column spared_month bigint;

-- How long a server is wanted, and in which hours.
create table lse_lease (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    server varchar(40) not null,
    expires_at bigint,
    on_expiry varchar(10) not null,
    timezone varchar(60),
    days varchar(80),
    from_time varchar(5),
    to_time varchar(5),
    -- on whose behalf the schedule starts and stops it
    owner varchar(2000) not null,
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null,
    -- from here on it changes without anybody asking and leaves "version" alone: the last turn of the schedule that was seen
    -- to, how many notices were given, and when it is looked at next
    turned_at bigint not null,
    told integer not null,
    expired boolean not null,
    refused varchar(500),
    due_at bigint not null
);
create unique index lse_lease_server on lse_lease (server);
create index lse_lease_list on lse_lease (organization, server);
create index lse_lease_due on lse_lease (due_at, id);
