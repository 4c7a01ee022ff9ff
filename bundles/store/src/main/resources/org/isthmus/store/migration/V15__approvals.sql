-- SPDX-License-Identifier: Apache-2.0
-- Requests that a second person must approve: what was asked for is kept until it is carried out. Times are microseconds
-- since 1970 UTC.
create table apr_approval (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    operation varchar(40) not null,
    action varchar(60) not null,
    subject_kind varchar(40) not null,
    subject_id varchar(200) not null,
    asker varchar(2000) not null,
    -- ids of whose hands the asker could be when it was asked for, with spaces
    behind ${text} not null,
    command_type varchar(200) not null,
    -- the command, its secrets sealed; empty once it is decided for good
    command ${text} not null,
    -- one a line
    reasons varchar(2000) not null,
    currency varchar(3) not null,
    -- item, quantity, millionths an hour: one line each
    estimate varchar(2000) not null,
    -- whether money is among the reasons
    for_money boolean not null,
    destructive boolean not null,
    -- the command for people, without secrets
    shown ${text} not null,
    state varchar(20) not null,
    expires_at bigint not null,
    decided_by varchar(200),
    decided_at bigint,
    decision_note varchar(500),
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index apr_operation on apr_approval (operation);
create index apr_list on apr_approval (organization, id);
create index apr_by_state on apr_approval (organization, state, id);
create index apr_of_asker on apr_approval (created_by, state);
-- what somebody has to do something about: those that wait too long, those that were approved and not carried out
create index apr_due on apr_approval (state, expires_at);

-- How often somebody may delete alone: each deletion takes a place for some minutes.
create table apr_deletion (
    person varchar(40) not null,
    place integer not null,
    taken_at bigint not null,
    primary key (person, place)
);

alter table idn_organization add column approval_above varchar(40);
alter table idn_organization add column bulk_delete_threshold integer;
alter table idn_organization add column approve_raised_limits boolean;

-- Who could act as somebody else: made the account, set its one-time password, took its second factor, made its token, answered
-- for it. Kept also when the accounts are gone.
create table idn_key (
    user_id varchar(40) not null,
    by_id varchar(40) not null,
    had_at bigint not null,
    primary key (user_id, by_id)
);
