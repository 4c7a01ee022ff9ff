-- SPDX-License-Identifier: Apache-2.0
-- Webhooks: where an organization's events are sent. Times are microseconds since 1970 UTC.
create table whk_webhook (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    name varchar(63) not null,
    url varchar(2000) not null,
    -- sealed
    secret varchar(2000) not null,
    -- patterns of types, one blank between them; empty for all
    patterns varchar(2000) not null,
    enabled boolean not null,
    -- whose rights it has
    owner varchar(2000) not null,
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null,
    -- from here on it changes without anybody asking and leaves "version" alone: the last event it is done with
    sequence bigint not null,
    -- when it is looked at next; null while it is disabled or suspended
    due_at bigint,
    suspended varchar(500),
    failures integer not null,
    failing_since bigint,
    last_event varchar(40),
    last_sequence bigint,
    last_type varchar(60),
    last_at bigint,
    last_attempt integer,
    last_delivered boolean,
    last_status integer,
    last_error varchar(500)
);
create unique index whk_webhook_name on whk_webhook (organization, name);
create index whk_webhook_due on whk_webhook (due_at, id);

-- Mail that is to be sent. A row goes when its mail has been taken or is given up. Times are microseconds since 1970 UTC.
create table ntc_mail (
    id varchar(100) not null primary key,
    organization varchar(40) not null,
    user_id varchar(40) not null,
    address varchar(260) not null,
    subject varchar(400) not null,
    content varchar(8000) not null,
    created_at bigint not null,
    due_at bigint not null,
    attempts integer not null
);
create index ntc_mail_due on ntc_mail (due_at, id);
