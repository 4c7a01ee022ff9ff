// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.identity.Syncs.SyncPlanView;

/** A plan as people read it, and as it is kept: one line for each thing, the kind of line before the first space. */
final class Reports {
    private static final int MOST_STEPS = 200;
    private static final int MOST_NOTES = 100;

    private Reports() {}

    static SyncPlanView view(SyncPlan plan, Optional<String> tooMuch) {
        List<String> steps = new ArrayList<>();
        plan.people().forEach(each -> steps.add(step(each)));
        plan.gone().forEach(each -> steps.add(each.username() + " is gone there"));
        plan.groups()
                .forEach(each -> steps.add(
                        each.here().isEmpty()
                                ? "group " + each.group().name() + " comes"
                                : "group " + each.here().get().name() + " is named "
                                        + each.group().name()));
        plan.members()
                .forEach(each -> steps.add("group " + each.name() + ": "
                        + each.add().size() + " come, " + each.remove().size() + " leave"));
        plan.groupsGone().forEach(each -> steps.add("group " + each.name() + " is gone there"));
        return new SyncPlanView(
                plan.hash(),
                count(plan, SyncPlan.Change.CREATE),
                count(plan, SyncPlan.Change.CHANGE),
                count(plan, SyncPlan.Change.DISABLE),
                plan.gone().size(),
                plan.groups().size(),
                plan.groupsGone().size(),
                plan.members().stream().mapToInt(each -> each.add().size()).sum(),
                plan.members().stream().mapToInt(each -> each.remove().size()).sum(),
                first(steps, MOST_STEPS),
                first(plan.notes(), MOST_NOTES),
                tooMuch);
    }

    private static int count(SyncPlan plan, SyncPlan.Change change) {
        return (int)
                plan.people().stream().filter(each -> each.change() == change).count();
    }

    private static String step(SyncPlan.PutPerson put) {
        String name = put.person().username();
        return switch (put.change()) {
            case CREATE -> name + " comes";
            case DISABLE -> name + " is disabled there";
            case CHANGE -> name + " changes: " + String.join(", ", put.fields());
        };
    }

    /** The same with notes of what came of it. */
    static SyncPlanView with(SyncPlanView view, List<String> refused) {
        List<String> notes = new ArrayList<>(refused);
        notes.addAll(view.notes());
        return new SyncPlanView(
                view.id(),
                view.created(),
                view.changed(),
                view.disabled(),
                view.gone(),
                view.groups(),
                view.groupsGone(),
                view.joined(),
                view.left(),
                view.steps(),
                first(notes, MOST_NOTES),
                view.tooMuch());
    }

    private static List<String> first(List<String> all, int most) {
        if (all.size() <= most) {
            return List.copyOf(all);
        }
        List<String> some = new ArrayList<>(all.subList(0, most));
        some.add("and " + (all.size() - most) + " more");
        return some;
    }

    static String written(SyncPlanView view) {
        List<String> lines = new ArrayList<>(List.of("plan " + view.id() + " " + view.created() + " " + view.changed()
                + " " + view.disabled() + " " + view.gone() + " " + view.groups() + " " + view.groupsGone() + " "
                + view.joined() + " " + view.left()));
        view.tooMuch().ifPresent(text -> lines.add("too-much " + line(text)));
        view.steps().forEach(each -> lines.add("step " + line(each)));
        view.notes().forEach(each -> lines.add("note " + line(each)));
        return String.join("\n", lines);
    }

    private static String line(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    static SyncPlanView read(String text) {
        List<String> lines = text.lines().toList();
        String[] head = lines.get(0).split(" ");
        int[] counts = new int[8];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = Integer.parseInt(head[i + 2]);
        }
        return new SyncPlanView(
                head[1],
                counts[0],
                counts[1],
                counts[2],
                counts[3],
                counts[4],
                counts[5],
                counts[6],
                counts[7],
                of(lines, "step "),
                of(lines, "note "),
                of(lines, "too-much ").stream().findFirst());
    }

    private static List<String> of(List<String> lines, String kind) {
        return lines.stream()
                .filter(line -> line.startsWith(kind))
                .map(line -> line.substring(kind.length()))
                .toList();
    }
}
