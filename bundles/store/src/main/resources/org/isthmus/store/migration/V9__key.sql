-- SPDX-License-Identifier: Apache-2.0
-- What the first controller sealed with its key for secrets: who cannot open it has another key.
create table loc_key (
    name varchar(20) not null primary key,
    sealed varchar(200) not null
);
