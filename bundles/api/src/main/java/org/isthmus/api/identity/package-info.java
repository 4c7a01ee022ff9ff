// SPDX-License-Identifier: Apache-2.0
/** Users, departments, roles, grants, logins: who somebody is, what they may do and what they may see. */
@Export
@Version("1.0.0")
package org.isthmus.api.identity;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
