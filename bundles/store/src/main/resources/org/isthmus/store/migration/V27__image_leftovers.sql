-- SPDX-License-Identifier: Apache-2.0
-- What operations on images made at an endpoint and could not remove there, because it was away: removed when it is back.
create table img_leftover (
    endpoint_id varchar(40) not null,
    -- of the driver's call that removes it
    token varchar(100) not null,
    kind varchar(12) not null,
    image_id varchar(40),
    -- the endpoint's own name: of the copy, where one is known, or of what is read out
    ref varchar(200),
    snapshot_id varchar(40),
    -- how often it was tried in vain while the endpoint answered
    tries integer not null,
    primary key (endpoint_id, token)
);
create index img_leftover_image on img_leftover (image_id, endpoint_id);
