// SPDX-License-Identifier: Apache-2.0
/**
 * Directories: places outside that know the people of an organization. What kinds there are, what they are set up with, and
 * how their secrets are opened.
 */
package org.isthmus.identity.directory;
