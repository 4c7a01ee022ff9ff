-- SPDX-License-Identifier: Apache-2.0
-- Spend limits: what they are, who pays for what, and what is held by operations under way. Times are microseconds since 1970
-- UTC; amounts and rates an hour are millionths of the currency.

-- A row an organization. Read for share by who changes what something costs, updated by who sets a limit: what a new limit
-- counts and what others change meanwhile cannot miss each other. Limits: how many there are.
create table lim_guard (
    organization varchar(40) not null primary key,
    limits integer not null
);

-- One row a limited subject, its account in it. Columns from month_from on change without anybody asking and leave "version"
-- alone.
create table lim_limit (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    subject_kind varchar(20) not null,
    subject_id varchar(40) not null,
    subject_name varchar(100) not null,
    currency varchar(10) not null,
    monthly bigint,
    hourly_rate bigint,
    deployments_per_day integer,
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null,
    -- the calendar month the account is in; what its things and holds cost an hour; what the month will cost if nothing
    -- changes, in millionths an hour times microseconds: exact, a whole number
    month_from bigint not null,
    rate decimal(31,0) not null,
    projected decimal(31,0) not null,
    -- the highest percentage somebody was told of in this month
    told_actual integer not null,
    told_forecast integer not null
);
create unique index lim_limit_subject on lim_limit (organization, subject_id);

-- Who pays for a thing beside its organization, from when it was made: its maker and that user's departments.
create table lim_payer (
    thing varchar(200) not null,
    account varchar(40) not null,
    made_at bigint not null,
    deployment boolean not null,
    primary key (thing, account)
);
create index lim_payer_thing on lim_payer (thing);
create index lim_payer_account on lim_payer (account, made_at);

-- What an operation under way will make its thing cost more.
create table lim_hold (
    operation varchar(40) not null primary key,
    organization varchar(40) not null,
    thing varchar(200) not null,
    rate bigint not null,
    held_from bigint not null
);
create index lim_hold_of on lim_hold (organization, thing);

-- What an organization uses, without reading all that it ever used.
create index usg_of on usg_interval (organization, until_at);
