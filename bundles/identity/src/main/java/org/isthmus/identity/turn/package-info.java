// SPDX-License-Identifier: Apache-2.0
/** What a clock asks for. */
package org.isthmus.identity.turn;
