// SPDX-License-Identifier: Apache-2.0
/**
 * Organizations and their policies: what is shown of them, and the commands that change them.
 */
package org.isthmus.identity.organization;
