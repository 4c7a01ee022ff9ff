-- SPDX-License-Identifier: Apache-2.0
-- Locations, endpoints, hosts, networks, images, servers. Times are microseconds since 1970 UTC.
--
-- Columns that change without anybody having asked for it (health, what is used, the upload's offset) are written by plain
-- updates and leave "version" alone: it is the one clients send back in If-Match.

create table loc_location (
    id varchar(40) not null primary key,
    name varchar(63) not null,
    kind varchar(20) not null,
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index loc_location_name on loc_location (name);

-- A row per location that nobody reads: touching it first makes what must not happen at once happen one after the other.
create table loc_guard (
    location_id varchar(40) not null primary key,
    touched bigint not null
);

create table loc_endpoint (
    id varchar(40) not null primary key,
    location_id varchar(40) not null,
    name varchar(63) not null,
    driver varchar(60) not null,
    settings ${text} not null,
    secrets ${text} not null,
    compute boolean not null,
    network boolean not null,
    -- the location's id for its network endpoint, else the endpoint's own: one network endpoint per location
    network_key varchar(40) not null,
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index loc_endpoint_name on loc_endpoint (location_id, name);
create unique index loc_endpoint_network on loc_endpoint (network_key);
create index loc_endpoint_list on loc_endpoint (location_id, id);

create table loc_health (
    endpoint_id varchar(40) not null primary key,
    state varchar(12) not null,
    detail varchar(1000) not null,
    capabilities varchar(2000) not null,
    checked_at bigint not null
);

create table loc_host (
    id varchar(40) not null primary key,
    location_id varchar(40) not null,
    endpoint_id varchar(40) not null,
    name varchar(200) not null,
    cpus integer not null,
    memory_mib bigint not null,
    disk_gib bigint not null,
    used_cpus integer not null,
    used_memory_mib bigint not null,
    used_disk_gib bigint not null,
    cpu_percent integer not null,
    memory_percent integer not null,
    disk_percent integer not null,
    tags varchar(4000) not null,
    available boolean not null,
    maintenance boolean not null,
    detail varchar(1000) not null,
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index loc_host_name on loc_host (endpoint_id, name);
create index loc_host_list on loc_host (location_id, id);

create table net_network (
    id varchar(40) not null primary key,
    organization_id varchar(40) not null,
    location_id varchar(40) not null,
    endpoint_id varchar(40) not null,
    name varchar(63) not null,
    first_address bigint not null,
    last_address bigint not null,
    prefix_length integer not null,
    dns boolean not null,
    dns_domain varchar(200) not null,
    never_public boolean not null,
    state varchar(12) not null,
    reason varchar(2000),
    drift varchar(2000),
    operation_id varchar(40),
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index net_network_name on net_network (organization_id, name);
create index net_network_list on net_network (organization_id, id);
create index net_network_by_state on net_network (organization_id, state, id);
create index net_network_by_location on net_network (organization_id, location_id, id);
create index net_network_by_endpoint on net_network (endpoint_id, id);

-- Where the search for a free address goes on. Read only by those who hold it: whoever gives out an address of a network,
-- or takes the network down, updates this row first.
create table net_cursor (
    network_id varchar(40) not null primary key,
    next_address bigint not null
);

create table net_tag (
    network_id varchar(40) not null,
    organization_id varchar(40) not null,
    tag_key varchar(63) not null,
    tag_value varchar(255) not null,
    primary key (network_id, tag_key)
);
create index net_tag_search on net_tag (organization_id, tag_key, tag_value, network_id);

create table net_port (
    id varchar(40) not null primary key,
    network_id varchar(40) not null,
    server_id varchar(40) not null,
    sort_no integer not null,
    mac varchar(17) not null,
    address bigint not null,
    binding varchar(4000)
);
create unique index net_port_address on net_port (network_id, address);
create unique index net_port_mac on net_port (network_id, mac);
create index net_port_server on net_port (server_id, sort_no);

create table img_image (
    id varchar(40) not null primary key,
    organization_id varchar(40) not null,
    name varchar(63) not null,
    os varchar(100),
    state varchar(12) not null,
    reason varchar(2000),
    format varchar(12),
    wanted_sha256 varchar(64),
    sha256 varchar(64),
    upload_offset bigint not null,
    total_bytes bigint,
    virtual_bytes bigint,
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index img_image_name on img_image (organization_id, name);
create index img_image_list on img_image (organization_id, id);
create index img_image_by_state on img_image (organization_id, state, id);
create index img_image_by_sha256 on img_image (organization_id, sha256, id);
create index img_image_uploading on img_image (state, id);

create table img_tag (
    image_id varchar(40) not null,
    organization_id varchar(40) not null,
    tag_key varchar(63) not null,
    tag_value varchar(255) not null,
    primary key (image_id, tag_key)
);
create index img_tag_search on img_tag (organization_id, tag_key, tag_value, image_id);

create table srv_server (
    id varchar(40) not null primary key,
    organization_id varchar(40) not null,
    location_id varchar(40) not null,
    name varchar(63) not null,
    -- the name while the server lives, else its id: unique among the living, on every database
    living_name varchar(63) not null,
    state varchar(12) not null,
    reason varchar(4000),
    power varchar(12) not null,
    wished_power varchar(12) not null,
    cpus integer not null,
    memory_mib bigint not null,
    image_id varchar(40) not null,
    ssh_keys ${text} not null,
    purpose varchar(200),
    protected boolean not null,
    strategy varchar(12) not null,
    host_tags varchar(4000) not null,
    group_name varchar(63),
    group_rule varchar(12),
    group_strict boolean not null,
    endpoint_id varchar(40),
    host_id varchar(40),
    -- what the server holds of its host; zero when it holds nothing
    claim_cpus integer not null,
    claim_memory_mib bigint not null,
    claim_disk_gib bigint not null,
    -- the driver's own name for it
    ref varchar(200),
    deleted_until bigint,
    purge_at bigint,
    drift varchar(2000),
    -- the operation at work on it: one at a time
    operation_id varchar(40),
    created_at bigint not null,
    created_by varchar(200) not null,
    version bigint not null
);
create unique index srv_server_living on srv_server (organization_id, living_name);
create index srv_server_list on srv_server (organization_id, id);
create index srv_server_by_name on srv_server (organization_id, name, id);
create index srv_server_by_state on srv_server (organization_id, state, id);
create index srv_server_by_location on srv_server (organization_id, location_id, id);
create index srv_server_by_image on srv_server (organization_id, image_id, id);
create index srv_server_by_purpose on srv_server (organization_id, purpose, id);
create index srv_server_by_group on srv_server (organization_id, group_name);
create index srv_server_by_endpoint on srv_server (endpoint_id, id);
create index srv_server_by_host on srv_server (host_id, id);
create index srv_server_purge on srv_server (state, purge_at);

create table srv_tag (
    server_id varchar(40) not null,
    organization_id varchar(40) not null,
    tag_key varchar(63) not null,
    tag_value varchar(255) not null,
    primary key (server_id, tag_key)
);
create index srv_tag_search on srv_tag (organization_id, tag_key, tag_value, server_id);

create table srv_disk (
    id varchar(40) not null primary key,
    server_id varchar(40) not null,
    sort_no integer not null,
    size_gib bigint not null
);
create index srv_disk_server on srv_disk (server_id, sort_no);

create table srv_snapshot (
    id varchar(40) not null primary key,
    server_id varchar(40) not null,
    name varchar(63) not null,
    ready boolean not null,
    created_at bigint not null,
    created_by varchar(200) not null
);
create unique index srv_snapshot_name on srv_snapshot (server_id, name);

-- User data for the first boot, encrypted; gone as soon as the server is made.
create table srv_seed (
    server_id varchar(40) not null primary key,
    user_data ${text} not null
);

-- Rights to open a console once, by the SHA-256 of the ticket.
create table srv_ticket (
    ticket varchar(64) not null primary key,
    server_id varchar(40) not null,
    expires_at bigint not null
);
create index srv_ticket_age on srv_ticket (expires_at);
