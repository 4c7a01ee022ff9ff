-- SPDX-License-Identifier: Apache-2.0
-- What an organization says about being reached from outside, and about where the API is used from.
alter table idn_organization add column exposure_allowed boolean;
alter table idn_organization add column require_vpn_for_api boolean;
