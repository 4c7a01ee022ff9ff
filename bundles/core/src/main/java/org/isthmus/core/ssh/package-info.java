// SPDX-License-Identifier: Apache-2.0
/** SSH authorities of organizations: their keys, and certificates as OpenSSH writes them. Knows nothing of servers. */
package org.isthmus.core.ssh;
