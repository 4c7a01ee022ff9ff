-- SPDX-License-Identifier: Apache-2.0
-- Moves of many servers under one operation. How a move stands is read from its own operation.
create table mov_batch (
    id varchar(40) not null primary key,
    organization_id varchar(40) not null,
    name varchar(63) not null,
    operation_id varchar(40) not null,
    -- on whose behalf each move is begun
    asker varchar(2000) not null,
    concurrency integer not null,
    on_failure varchar(12) not null,
    created_at bigint not null,
    created_by varchar(200) not null
);
create unique index mov_batch_name on mov_batch (organization_id, name);
create index mov_batch_list on mov_batch (organization_id, id);

create table mov_move (
    batch_id varchar(40) not null,
    sort_no integer not null,
    server_id varchar(40) not null,
    server_name varchar(63) not null,
    location varchar(200) not null,
    name varchar(63) not null,
    -- for its interfaces in their order, one line each
    networks varchar(2000) not null,
    running varchar(12) not null,
    keep_mac boolean not null,
    keep_address boolean not null,
    -- once it has begun; written in that operation's own transaction, so that no server is moved twice
    operation_id varchar(40),
    -- FAILED or CANCELLED, of one that never began
    settled varchar(12),
    reason varchar(4000),
    settled_at bigint,
    primary key (batch_id, sort_no)
);
create index mov_move_operation on mov_move (operation_id);
