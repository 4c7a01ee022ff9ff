-- SPDX-License-Identifier: Apache-2.0
-- Images of several disks, their contents in the formats that endpoints take, and the copies that endpoints keep.
-- Images that are there already get their rows when a controller starts.
create table img_disk (
    image_id varchar(40) not null,
    sort_no integer not null,
    virtual_bytes bigint not null,
    primary key (image_id, sort_no)
);

-- A disk's content as it is kept here: as it came, and converted.
create table img_content (
    image_id varchar(40) not null,
    sort_no integer not null,
    format varchar(12) not null,
    -- what its file is called behind the image's id; empty for the file that was uploaded
    part varchar(60) not null,
    sha256 varchar(64) not null,
    size_bytes bigint not null,
    -- as it came; the others were made of it
    original boolean not null,
    primary key (image_id, sort_no, format)
);

-- The machine that an image was made of.
create table img_shape (
    image_id varchar(40) not null primary key,
    cpus integer,
    memory_mib bigint,
    firmware varchar(12) not null,
    -- in its order, one line each: the MAC address or -, a blank, the network's name
    nics ${text} not null
);

create table img_copy (
    image_id varchar(40) not null,
    endpoint_id varchar(40) not null,
    location_id varchar(40) not null,
    state varchar(12) not null,
    -- the endpoint's own name for it
    ref varchar(200),
    size_bytes bigint,
    -- true when it was there before the image
    adopted boolean not null,
    primary key (image_id, endpoint_id)
);
create index img_copy_endpoint on img_copy (endpoint_id, image_id);
create index img_copy_location on img_copy (location_id, image_id);

-- The operation that brings its content here, so that it is one at a time.
alter table img_image add column fetched_by varchar(40);
