// SPDX-License-Identifier: Apache-2.0
/**
 * The operators' way in: Karaf commands {@code isthmus:*} and the login to the shell.
 *
 * <p>The shell only translates. Every change is a command that passes the gate like any other, through the door SHELL, as
 * the person who logged in; what is shown comes from the same queries REST uses. This package has the {@link
 * org.isthmus.shell.Services} behind it: all of them can come and go while somebody is logged in.
 */
package org.isthmus.shell;
