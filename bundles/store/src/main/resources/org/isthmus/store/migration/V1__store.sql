-- SPDX-License-Identifier: Apache-2.0
-- Rows that one process at a time holds. fence grows with every change of holder.
create table sto_lease (
  name       varchar(60)  not null primary key,
  holder     varchar(100) not null,
  fence      bigint       not null,
  held_until bigint       not null
);
