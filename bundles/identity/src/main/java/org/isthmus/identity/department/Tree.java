// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.department;

import org.isthmus.api.Problem;
import org.isthmus.identity.right.Rights;
import org.isthmus.model.Ids.DepartmentId;

/** Keeps the tree of departments a tree, and one that people can oversee. */
final class Tree {
    private static final int DEEPEST = 20;

    private Tree() {}

    static void requireShallow(Rights rights, DepartmentId parent) {
        if (rights.upwards(parent).size() >= DEEPEST) {
            throw Problem.CONFLICT.because("Departments are at most %d levels deep.", DEEPEST);
        }
    }

    static void requireNoLoop(Rights rights, DepartmentId department, DepartmentId parent) {
        if (rights.upwards(parent).contains(department)) {
            throw Problem.CONFLICT.because("A department cannot be below itself.");
        }
    }
}
