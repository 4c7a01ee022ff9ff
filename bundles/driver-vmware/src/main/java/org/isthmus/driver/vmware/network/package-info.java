// SPDX-License-Identifier: Apache-2.0
/** Networks of a vCenter: a distributed portgroup with a VLAN of its own for each. */
package org.isthmus.driver.vmware.network;
