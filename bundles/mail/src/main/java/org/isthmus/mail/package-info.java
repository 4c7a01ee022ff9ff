// SPDX-License-Identifier: Apache-2.0
/** Hands mail to a server by SMTP. The library behind it is locked in here. */
package org.isthmus.mail;
