// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.util.Optional;

/** A row that came, went or changed. */
public record Change(String table, Optional<Row> before, Optional<Row> after) {}
