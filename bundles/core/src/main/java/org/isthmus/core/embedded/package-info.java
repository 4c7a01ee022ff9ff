// SPDX-License-Identifier: Apache-2.0
/** The core without a container, for tests and for programs that want the whole controller in one process. */
package org.isthmus.core.embedded;
