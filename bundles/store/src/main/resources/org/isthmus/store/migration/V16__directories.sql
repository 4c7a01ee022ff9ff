-- SPDX-License-Identifier: Apache-2.0
-- Directories: places outside that know the people of an organization. Times are microseconds since 1970 UTC.
create table idn_directory (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    name varchar(63) not null,
    kind varchar(20) not null,
    enabled boolean not null,
    created_at bigint not null,
    created_by varchar(200) not null,
    -- the id of who made it or changed it last; nobody's by the machine's root
    changed_by varchar(40),
    version bigint not null
);
create unique index idn_directory_name on idn_directory (organization, name);

create table idn_directory_setting (
    directory varchar(40) not null,
    name varchar(60) not null,
    -- then it is sealed
    secret boolean not null,
    content varchar(30000) not null,
    primary key (directory, name)
);

create index idn_key_by on idn_key (by_id, user_id);

-- A directory's own bearer tokens: only their SHA-256.
create table idn_directory_token (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    directory varchar(40) not null,
    name varchar(63) not null,
    token_hash varchar(64) not null,
    expires_at bigint not null,
    created_at bigint not null,
    created_by varchar(200) not null
);
create unique index idn_directory_token_hash on idn_directory_token (token_hash);
create unique index idn_directory_token_name on idn_directory_token (directory, name);

-- Groups of directories, and who is in them.
create table idn_group (
    id varchar(40) not null primary key,
    organization varchar(40) not null,
    directory varchar(40) not null,
    name varchar(200) not null,
    external_id varchar(500),
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index idn_group_name on idn_group (organization, name);
create index idn_group_directory on idn_group (directory, external_id);

create table idn_member (
    group_id varchar(40) not null,
    user_id varchar(40) not null,
    organization varchar(40) not null,
    primary key (group_id, user_id)
);
create index idn_member_user on idn_member (user_id, group_id);
create index idn_member_of on idn_member (organization);

-- What a directory knows of a person. state is what follows from directory_active and blocked.
alter table idn_user add column directory varchar(40);
alter table idn_user add column external_id varchar(200);
alter table idn_user add column display_name varchar(200);
alter table idn_user add column given_name varchar(200);
alter table idn_user add column family_name varchar(200);
alter table idn_user add column directory_department varchar(200);
alter table idn_user add column directory_active boolean;
alter table idn_user add column blocked boolean;
create index idn_user_directory on idn_user (directory, external_id);
create index idn_user_of_directory on idn_user (directory, username);

-- The directory by which a session was opened, and what it calls the session.
alter table idn_session add column directory varchar(40);
alter table idn_session add column directory_session varchar(200);
create index idn_session_directory on idn_session (directory, directory_session);
