// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.Optional;
import org.isthmus.model.Ids.UserId;

/** Who answers for service accounts: an active person of the same organization. */
public final class Responsible {
    private Responsible() {}

    /** Whether that user can. */
    public static boolean can(Rights rights, UserId user) {
        return rights.member(user)
                .filter(member -> member.active() && member.person())
                .isPresent();
    }

    /** The one who answered for a service account and cannot any more. One of before there had to be one has none. */
    public static Optional<UserId> gone(Rights rights, Member member) {
        return member.person() ? Optional.empty() : member.responsible().filter(user -> !can(rights, user));
    }
}
