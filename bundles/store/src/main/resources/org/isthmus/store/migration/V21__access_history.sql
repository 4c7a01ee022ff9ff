-- SPDX-License-Identifier: Apache-2.0
-- What rights followed from, and when: a copy of each row for each time in which it was so, half-open. 9223372036854775807:
-- it still is. Written in the transaction of the change. Times are microseconds since 1970 UTC.

-- When and by whom an organization's rights were last changed: each change has its own moment, later than the one before.
alter table idn_rights add column changed_at bigint default 0 not null;
alter table idn_rights add column changed_by varchar(200) default '' not null;
-- The last time in which the clock was behind the change before: those of it are dated as of its end.
alter table idn_rights add column unsure_from bigint;
alter table idn_rights add column unsure_to bigint;

create table idn_past_user (
    id varchar(40) not null,
    organization varchar(40) not null,
    username varchar(64) not null,
    department varchar(40),
    kind varchar(20) not null,
    state varchar(20) not null,
    responsible varchar(40),
    valid_from bigint not null,
    valid_to bigint not null,
    began_by varchar(200) not null,
    ended_by varchar(200),
    primary key (id, valid_from)
);
create index idn_past_user_of on idn_past_user (organization, valid_to, valid_from);

create table idn_past_grant (
    id varchar(40) not null,
    organization varchar(40) not null,
    subject_kind varchar(20) not null,
    subject_id varchar(40) not null,
    role varchar(63) not null,
    scope_kind varchar(20) not null,
    scope_id varchar(200) not null,
    from_at bigint,
    until_at bigint,
    break_glass varchar(40),
    valid_from bigint not null,
    valid_to bigint not null,
    began_by varchar(200) not null,
    ended_by varchar(200),
    primary key (id, valid_from)
);
create index idn_past_grant_of on idn_past_grant (organization, valid_to, valid_from);
create index idn_past_grant_subject on idn_past_grant (organization, subject_id, valid_from);
create index idn_past_grant_scope on idn_past_grant (organization, scope_id);

create table idn_past_member (
    group_id varchar(40) not null,
    user_id varchar(40) not null,
    organization varchar(40) not null,
    valid_from bigint not null,
    valid_to bigint not null,
    began_by varchar(200) not null,
    ended_by varchar(200),
    primary key (group_id, user_id, valid_from)
);
create index idn_past_member_user on idn_past_member (user_id, valid_from);
create index idn_past_member_of on idn_past_member (organization, valid_to, valid_from);

create table idn_past_department (
    id varchar(40) not null,
    organization varchar(40) not null,
    name varchar(63) not null,
    parent varchar(40),
    valid_from bigint not null,
    valid_to bigint not null,
    began_by varchar(200) not null,
    ended_by varchar(200),
    primary key (id, valid_from)
);
create index idn_past_department_of on idn_past_department (organization, valid_to, valid_from);

create table idn_past_group (
    id varchar(40) not null,
    organization varchar(40) not null,
    name varchar(200) not null,
    valid_from bigint not null,
    valid_to bigint not null,
    began_by varchar(200) not null,
    ended_by varchar(200),
    primary key (id, valid_from)
);
create index idn_past_group_of on idn_past_group (organization, valid_to, valid_from);

create table idn_past_role (
    id varchar(40) not null,
    organization varchar(40) not null,
    name varchar(63) not null,
    actions varchar(4000) not null,
    valid_from bigint not null,
    valid_to bigint not null,
    began_by varchar(200) not null,
    ended_by varchar(200),
    primary key (id, valid_from)
);
create index idn_past_role_of on idn_past_role (organization, valid_to, valid_from);

-- Reviews of who has access: the grants of one moment, each to be kept or taken back by somebody, with a reason.
create table idn_review (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    name varchar(63) not null,
    scope_kind varchar(20) not null,
    scope_id varchar(63) not null,
    -- ids with spaces; empty: whoever may decide
    reviewers varchar(4000) not null,
    state varchar(20) not null,
    due_at bigint not null,
    overdue_told boolean not null,
    closed_at bigint,
    closed_by varchar(200),
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index idn_review_name on idn_review (organization, name);
create index idn_review_list on idn_review (organization, id);
create index idn_review_due on idn_review (state, overdue_told, due_at);

create table idn_review_line (
    review varchar(40) not null,
    grant_id varchar(40) not null,
    organization varchar(40) not null,
    subject_kind varchar(20) not null,
    subject_id varchar(40) not null,
    subject_name varchar(200) not null,
    role varchar(63) not null,
    role_name varchar(63) not null,
    actions varchar(4000) not null,
    scope_kind varchar(20) not null,
    scope_id varchar(200) not null,
    from_at bigint,
    until_at bigint,
    granted_at bigint not null,
    granted_by varchar(200) not null,
    state varchar(20) not null,
    reason varchar(500),
    decided_by varchar(200),
    decided_at bigint,
    primary key (review, grant_id)
);
create index idn_review_line_state on idn_review_line (review, state, grant_id);
create index idn_review_line_of on idn_review_line (organization);

-- Break-glass: a role for a short time, asked for by one person and confirmed by another.
create table idn_break_glass (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    asker varchar(40) not null,
    asked_by varchar(200) not null,
    role varchar(63) not null,
    role_name varchar(63) not null,
    scope_kind varchar(20) not null,
    scope_id varchar(200) not null,
    reason varchar(500) not null,
    lasts_seconds bigint not null,
    state varchar(20) not null,
    asked_at bigint not null,
    confirmer varchar(40),
    confirmed_by varchar(200),
    begun_at bigint,
    until_at bigint,
    ended_at bigint,
    ended_by varchar(200),
    grant_id varchar(40),
    version bigint not null
);
create index idn_break_glass_list on idn_break_glass (organization, id);
create index idn_break_glass_due on idn_break_glass (state, until_at);
create index idn_break_glass_asker on idn_break_glass (asker, state);

-- What is held by one gives less than its role, and says so.
alter table idn_grant add column break_glass varchar(40);
