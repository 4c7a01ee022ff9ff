// SPDX-License-Identifier: Apache-2.0
/** What directories tell: people and groups that come, change and go. */
package org.isthmus.identity.provision;
