// SPDX-License-Identifier: Apache-2.0
/**
 * Who may use the shell, and as whom.
 *
 * <p>Over SSH a user of Isthmus with the operator role logs in with a password, checked and audited by identity. The
 * machine's root needs no identity: a key pair made at each start, readable by the controller's own account only, opens
 * the shell for {@code root} from this machine alone; so does Karaf's console in the foreground. A session carries who it
 * is as a principal, from which every command makes its {@link org.isthmus.api.Caller}.
 */
package org.isthmus.shell.login;
