// SPDX-License-Identifier: Apache-2.0
/** Groups of directories, which roles are granted to. Who is in them is told by {@code provision}. */
package org.isthmus.identity.group;
