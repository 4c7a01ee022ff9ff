// SPDX-License-Identifier: Apache-2.0
/**
 * Disks and machines as files: what a file's own bytes say it is, conversion between formats, and OVF packages.
 *
 * <p>All of it is given by strangers. Nothing here follows a name that stands in a file, and sizes are checked before they
 * are believed. Knows no database.
 */
package org.isthmus.core.image.disk;
