// SPDX-License-Identifier: Apache-2.0
/** How directories are linked, changed and unlinked, and the tokens with which they tell who is there. */
package org.isthmus.identity.link;
