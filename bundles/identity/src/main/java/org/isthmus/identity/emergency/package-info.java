// SPDX-License-Identifier: Apache-2.0
/** Break-glass: a role for some hours, by two persons. */
package org.isthmus.identity.emergency;
