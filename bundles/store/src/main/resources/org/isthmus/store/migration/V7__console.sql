-- SPDX-License-Identifier: Apache-2.0
-- Whose a console is: what they may is looked at again while it is open. Both absent for the machine's root.
alter table srv_ticket add column user_id varchar(40);
alter table srv_ticket add column username varchar(200);
