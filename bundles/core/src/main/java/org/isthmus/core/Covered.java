// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.util.List;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Resource;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Access.Reach;

/** Whether a right to a command reaches what the command names. */
public final class Covered {
    private Covered() {}

    /** NOT_FOUND for the first of these that is out of reach; FORBIDDEN when the caller may see it. */
    public static void require(Access access, Caller caller, Command<?> command, Reach reach, List<Resource> named) {
        for (Resource each : named) {
            if (!reach.covers(each)) {
                throw seen(access, caller, command, each)
                        ? Access.lacking(command.action(), words(reach, each))
                        : Things.absent(each.thing().kind(), each.thing().id());
            }
        }
    }

    private static boolean seen(Access access, Caller caller, Command<?> command, Resource thing) {
        try {
            return thing.seenWith().isEmpty()
                    || access.reach(caller, thing.seenWith().get(), command.organization())
                            .covers(thing);
        } catch (ProblemException e) {
            if (e.type() == Problem.FORBIDDEN) {
                return false;
            }
            throw e;
        }
    }

    private static String words(Reach reach, Resource thing) {
        return thing.equals(Resource.WHOLE_ORGANIZATION)
                ? reach.organization().name().value()
                : thing.thing().kind() + " " + thing.thing().id();
    }
}
