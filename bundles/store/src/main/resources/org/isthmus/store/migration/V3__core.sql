-- SPDX-License-Identifier: Apache-2.0
-- Operations, events, kept answers, limits, usage. Times are microseconds since 1970 UTC.

create table opr_operation (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    type varchar(60) not null,
    subject_kind varchar(40) not null,
    subject_id varchar(200) not null,
    state varchar(20) not null,
    step varchar(40) not null,
    undoing boolean not null,
    ending varchar(12),
    progress integer not null,
    attempts integer not null,
    reason varchar(8000),
    memo varchar(16000) not null,
    caller varchar(2000) not null,
    attempt varchar(40) not null,
    created_at bigint not null,
    created_by varchar(200) not null,
    deadline_at bigint not null,
    due_at bigint,
    lease_holder varchar(100) not null,
    lease_until bigint not null,
    fence bigint not null,
    cancel_asked boolean not null,
    finished_at bigint,
    version bigint not null
);
-- due_at is null once an operation has ended: the index holds what is alive first
create index opr_due on opr_operation (due_at);
create index opr_list on opr_operation (organization, id);
create index opr_by_state on opr_operation (organization, state, id);
create index opr_by_type on opr_operation (organization, type, id);
create index opr_by_subject on opr_operation (organization, subject_id, id);

create table evt_event (
    id varchar(40) not null primary key,
    -- null until the sequencer has given it its place
    sequence bigint,
    organization varchar(40) not null,
    type varchar(60) not null,
    subject_kind varchar(40) not null,
    subject_id varchar(200) not null,
    occurred_at bigint not null,
    data varchar(8000) not null
);
create index evt_sequence on evt_event (sequence, id);

create table evt_cursor (
    name varchar(100) not null primary key,
    sequence bigint not null
);

create table gat_answer (
    caller varchar(40) not null,
    idempotency_key varchar(128) not null,
    fingerprint varchar(64) not null,
    status integer not null,
    body ${text},
    location varchar(400),
    created_at bigint not null,
    primary key (caller, idempotency_key)
);
create index gat_answer_age on gat_answer (created_at);

create table lim_deployment (
    subject varchar(40) not null,
    utc_day integer not null,
    organization varchar(40) not null,
    used integer not null,
    primary key (subject, utc_day)
);
create index lim_deployment_list on lim_deployment (organization, utc_day, subject);

create table lim_reservation (
    operation varchar(40) not null primary key,
    subject varchar(40) not null,
    utc_day integer not null
);

create table usg_interval (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    subject_kind varchar(40) not null,
    subject_id varchar(200) not null,
    item varchar(20) not null,
    quantity bigint not null,
    from_at bigint not null,
    until_at bigint
);
create index usg_list on usg_interval (organization, id);
create index usg_open on usg_interval (subject_id, until_at);
