-- SPDX-License-Identifier: Apache-2.0
-- The name while the batch has not ended, else its id, as of servers: who moves something every night calls it the same.
alter table mov_batch add column living_name varchar(63) default '' not null;
update mov_batch set living_name = name;
update mov_batch set living_name = id where exists (select 1 from opr_operation o where o.id = mov_batch.operation_id
    and o.state in ('SUCCEEDED', 'FAILED', 'CANCELLED'));
drop index mov_batch_name;
create unique index mov_batch_living on mov_batch (organization_id, living_name);
create index mov_batch_by_name on mov_batch (organization_id, name, id);
