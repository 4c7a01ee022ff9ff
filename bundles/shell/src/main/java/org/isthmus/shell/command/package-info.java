// SPDX-License-Identifier: Apache-2.0
/**
 * What all commands share, so that each of them only says what it is about: who asks, in which organization, how a list is
 * paged, how a change is submitted, tried out and waited for, how a refusal is told to a person and to a script.
 */
package org.isthmus.shell.command;
