// SPDX-License-Identifier: Apache-2.0
/** Reviews of who has access: frozen lists of grants, decided one by one by somebody else. */
package org.isthmus.identity.review;
