-- SPDX-License-Identifier: Apache-2.0
-- what belongs to a department, so that grants on departments reach it; what was made before belongs to none
alter table net_network add column department_id varchar(40);
create index net_network_by_department on net_network (department_id, id);
alter table img_image add column department_id varchar(40);
create index img_image_by_department on img_image (department_id, id);
alter table srv_server add column department_id varchar(40);
create index srv_server_by_department on srv_server (department_id, id);
-- who gets what a department has when it is moved
create index idn_grant_scope on idn_grant (organization, scope_id, id);
