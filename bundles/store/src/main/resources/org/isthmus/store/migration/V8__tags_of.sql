-- SPDX-License-Identifier: Apache-2.0
-- The tags of many things at once, by an index that has a name: Derby takes it only when it is named.
create index net_tag_of on net_tag (network_id);
create index img_tag_of on img_tag (image_id);
create index srv_tag_of on srv_tag (server_id);
