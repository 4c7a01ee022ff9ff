-- SPDX-License-Identifier: Apache-2.0
-- The audit log. Columns that both of the first two tables have are what lists filter by, and mean the same.

-- Where the transactions of all bundles append: one insert an entry, no row that anybody else writes. Emptied by the
-- sequencer. Body: the entry as JSON, personal data in clear.
create table aud_pending (
  id           varchar(40)    not null primary key,
  organization varchar(40)    not null,
  recorded_at  bigint         not null,
  kind         varchar(20)    not null,
  action       varchar(100)   not null,
  subject_id   varchar(40),
  subject_text varchar(300),
  outcome      varchar(20)    not null,
  username     varchar(300)   not null,
  body         varchar(32000) not null
);
create index aud_pending_organization on aud_pending (organization, id);

-- The log itself: only ever inserted into. Leaf: the bytes the tree's hash is over; they hold no personal data.
create table aud_entry (
  position              bigint       not null primary key,
  id                    varchar(40)  not null,
  organization          varchar(40)  not null,
  organization_position bigint       not null,
  recorded_at           bigint       not null,
  kind                  varchar(20)  not null,
  action                varchar(100) not null,
  subject_id            varchar(40),
  outcome               varchar(20)  not null,
  leaf                  ${bytes}     not null
);
create unique index aud_entry_id on aud_entry (id);
create unique index aud_entry_organization on aud_entry (organization, organization_position);
create index aud_entry_subject on aud_entry (organization, subject_id, organization_position);
create index aud_entry_action on aud_entry (organization, action, organization_position);
create index aud_entry_time on aud_entry (organization, recorded_at);

-- What may have to be forgotten: value and salt of each salted hash in a leaf. Erasing empties the columns.
create table aud_personal (
  position              bigint       not null primary key,
  organization          varchar(40)  not null,
  organization_position bigint       not null,
  username              varchar(300),
  username_salt         varchar(32),
  address               varchar(100),
  address_salt          varchar(32),
  subject_text          varchar(300),
  subject_salt          varchar(32)
);
create index aud_personal_username on aud_personal (organization, username, organization_position);
create index aud_personal_subject on aud_personal (organization, subject_text, organization_position);
create index aud_personal_anywhere on aud_personal (username);

-- Up to 256 hashes side by side, as in C2SP tlog-tiles. Place: level * 2^48 + number of the tile in its level.
create table aud_tile (
  place  bigint   not null primary key,
  hashes ${bytes} not null
);

-- How many entries the log has (row 'log') and how many each organization has (row: its id). Locked by the sequencer.
create table aud_count (
  name    varchar(40) not null primary key,
  entries bigint      not null
);

-- Signed tree heads: the newest, and the last of each hour before.
create table aud_checkpoint (
  entries   bigint        not null primary key,
  signed_at bigint        not null,
  note      varchar(2000) not null
);
create index aud_checkpoint_time on aud_checkpoint (signed_at);
