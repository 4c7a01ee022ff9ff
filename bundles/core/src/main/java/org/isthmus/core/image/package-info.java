// SPDX-License-Identifier: Apache-2.0
/**
 * Images: their rows, their content in a store behind {@link org.isthmus.core.image.Contents}, and the check that makes
 * them ready.
 *
 * <p>An image has disks; of each there is its content as it came and, beside it, what that was converted to. Endpoints may
 * keep copies. Decision 27 says how an image gets from one hypervisor to the other.
 *
 * <p>Content arrives in parts, each at exactly the offset that is recorded; a part is on the disk before it is recorded, so
 * a kill at any point loses no more than the part it hit. Content whose checksum or format is wrong is removed and never
 * becomes ready.
 */
package org.isthmus.core.image;
