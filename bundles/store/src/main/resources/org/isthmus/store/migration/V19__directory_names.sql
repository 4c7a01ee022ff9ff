-- SPDX-License-Identifier: Apache-2.0
-- What a directory calls somebody's login, as it writes it and in small letters to be found by; the username here can be less.
alter table idn_user add column directory_name varchar(200);
alter table idn_user add column directory_name_key varchar(200);
update idn_user set directory_name = username, directory_name_key = username where directory is not null;
create index idn_user_directory_name on idn_user (directory, directory_name_key);
-- Pages are cut by number: what is passed over is read from the index alone, and so is what is counted.
create index idn_user_directory_page on idn_user (directory, username, id);
create index idn_user_directory_active on idn_user (directory, directory_active, username, id);
