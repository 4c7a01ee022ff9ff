-- SPDX-License-Identifier: Apache-2.0
-- What the guest said last are its addresses on the interface, with blanks between; absent: it says none.
alter table net_port add column guest_addresses varchar(640);
