-- SPDX-License-Identifier: Apache-2.0
-- One row an entry instead of two, and an index for each filter and no other: what the sequencer does for each entry is
-- mostly keeping indexes.

-- Beside the leaf, for lists: what it has salted hashes of, with the salts. Erasing empties them; the leaf stays as it is.
-- Subject: its id, or (then there is a salt) the text that was used instead of one.
alter table aud_entry add column username varchar(300);
alter table aud_entry add column username_salt varchar(32);
alter table aud_entry add column address varchar(100);
alter table aud_entry add column address_salt varchar(32);
alter table aud_entry add column subject varchar(300);
alter table aud_entry add column subject_salt varchar(32);
update aud_entry set
  username = (select p.username from aud_personal p where p.position = aud_entry.position),
  username_salt = (select p.username_salt from aud_personal p where p.position = aud_entry.position),
  address = (select p.address from aud_personal p where p.position = aud_entry.position),
  address_salt = (select p.address_salt from aud_personal p where p.position = aud_entry.position),
  subject = coalesce(subject_id, (select p.subject_text from aud_personal p where p.position = aud_entry.position)),
  subject_salt = (select p.subject_salt from aud_personal p where p.position = aud_entry.position);
drop table aud_personal;
drop index aud_entry_id;
drop index aud_entry_subject;
alter table aud_entry drop column subject_id;
create index aud_entry_username on aud_entry (organization, username, organization_position);
create index aud_entry_subject on aud_entry (organization, subject, organization_position);
create index aud_entry_outcome on aud_entry (organization, outcome, organization_position);

alter table aud_pending add column subject varchar(300);
update aud_pending set subject = coalesce(subject_id, subject_text);
alter table aud_pending drop column subject_id;
alter table aud_pending drop column subject_text;
