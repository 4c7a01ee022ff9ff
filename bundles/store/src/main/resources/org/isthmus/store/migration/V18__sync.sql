-- SPDX-License-Identifier: Apache-2.0
-- How it goes with bringing an LDAP directory's people here. Times are microseconds since 1970 UTC.
create table idn_sync (
    directory varchar(40) not null primary key,
    organization varchar(40) not null,
    state varchar(20) not null,
    detail varchar(1000),
    asked_at bigint,
    -- the plan that somebody confirmed when they asked
    confirmed varchar(40),
    started_at bigint,
    finished_at bigint,
    -- what a run that goes on may take from people, for it was confirmed or is little
    agreed ${text},
    report ${text}
);
