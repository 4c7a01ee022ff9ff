-- SPDX-License-Identifier: Apache-2.0
-- Root inside servers: each organization's SSH authority, which server trusts which of its keys, and what was signed. Times are
-- microseconds since 1970 UTC.
create table ssh_authority (
    organization_id varchar(40) not null,
    -- counted from 1; the highest is in use
    generation integer not null,
    -- a line as sshd takes it
    public_key varchar(200) not null,
    -- sealed; empty once it is abandoned
    private_key varchar(500),
    created_at bigint not null,
    created_by varchar(200) not null,
    primary key (organization_id, generation)
);

-- The key a server's seed told it to trust; none for servers made before there were any.
create table srv_trust (
    server_id varchar(40) not null primary key,
    generation integer not null
);

-- Certificates that were issued: kept also when the server is gone.
create table ssh_certificate (
    id varchar(40) not null primary key,
    organization_id varchar(40) not null,
    cert_no bigint not null,
    server_id varchar(40) not null,
    user_id varchar(40) not null,
    username varchar(200) not null,
    key_id varchar(500) not null,
    fingerprint varchar(60) not null,
    generation integer not null,
    valid_after bigint not null,
    valid_before bigint not null,
    created_at bigint not null,
    address varchar(100) not null
);
create unique index ssh_number on ssh_certificate (organization_id, cert_no);
create index ssh_list on ssh_certificate (organization_id, id);
create index ssh_of_server on ssh_certificate (organization_id, server_id, id);
create index ssh_of_user on ssh_certificate (organization_id, username, id);

-- How many a user was given in an hour, counted since 1970.
create table ssh_quota (
    user_id varchar(40) not null primary key,
    in_hour bigint not null,
    used integer not null
);
