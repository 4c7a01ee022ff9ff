// SPDX-License-Identifier: Apache-2.0
/**
 * Events: written in the transaction of the change, given their sequence by one sequencer afterwards, so that readers with
 * a cursor never miss one that was committed late; then dispatched to listeners, each with a cursor of its own.
 */
package org.isthmus.core.event;
