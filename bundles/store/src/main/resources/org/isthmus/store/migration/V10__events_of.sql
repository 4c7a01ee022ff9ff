-- SPDX-License-Identifier: Apache-2.0
-- The events that one organization sees, without reading those of all others.
create index evt_of on evt_event (organization, sequence);
