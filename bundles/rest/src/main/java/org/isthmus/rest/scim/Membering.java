// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.isthmus.api.identity.Provisioning.Members;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.UserId;
import org.isthmus.rest.json.Json;
import org.isthmus.rest.scim.FilterParser.Target;
import org.isthmus.rest.scim.Patch.Op;
import org.isthmus.rest.scim.Patch.Operation;

/** What a PATCH says about the members of a group, without reading who they are: it may be thousands. */
final class Membering {
    /** Filters of one PATCH that look at everybody who is there. */
    private static final int MOST_LOOKS = 10;

    private final Supplier<List<ObjectNode>> present;
    private Optional<List<ObjectNode>> there = Optional.empty();
    private int looks;
    private final Set<UserId> add = new LinkedHashSet<>();
    private final Set<UserId> remove = new LinkedHashSet<>();
    private boolean all;
    private boolean said;

    /**
     * Nothing is said yet.
     *
     * @param present who is in it, for paths that need to look at them; asked once at most
     */
    Membering(Supplier<List<ObjectNode>> present) {
        this.present = present;
    }

    /** Takes the operations on members, and gives back the others. */
    List<Operation> taking(List<Operation> operations) {
        List<Operation> others = new ArrayList<>();
        for (Operation operation : operations) {
            for (Patch.Step step : Patch.steps(Kind.GROUP, operation)) {
                Operation each = step.operation();
                boolean members = step.target()
                        .place()
                        .attribute()
                        .filter(attribute -> attribute.name().equals("members"))
                        .isPresent();
                if (members) {
                    take(each, step.target());
                } else if (step.within()) {
                    others.add(new Operation(
                            each.op(),
                            Optional.empty(),
                            Json.object().set(each.path().orElseThrow(), each.value())));
                } else {
                    others.add(each);
                }
            }
        }
        return others;
    }

    private void take(Operation operation, Target target) {
        if (Patch.readOnlyPart(target)) {
            return;
        }
        said = true;
        boolean whole = target.filter().isEmpty() && target.place().part().isEmpty();
        if (operation.op() == Op.REMOVE) {
            if (target.part().isPresent() || target.place().part().isPresent()) {
                throw Fault.MUTABILITY.because("The parts of a member do not change; remove the member.");
            }
            // a list without anybody in it removes nobody
            boolean listed =
                    !operation.value().isMissingNode() && !operation.value().isNull();
            if (target.filter().isPresent()) {
                matching(target.filter().get()).forEach(this::leaves);
            } else if (listed) {
                ids(values(operation.value())).forEach(this::leaves);
            } else {
                everybodyLeaves();
            }
            return;
        }
        if (!whole) {
            throw Fault.MUTABILITY.because("The parts of a member do not change; add another member.");
        }
        if (operation.op() == Op.REPLACE) {
            everybodyLeaves();
        }
        ids(values(operation.value())).forEach(this::comes);
    }

    private static JsonNode values(JsonNode value) {
        Attribute members =
                Attribute.named(Schema.GROUP.attributes(), "members").orElseThrow();
        return Values.checked(members, value).orElseGet(Json::array);
    }

    private void everybodyLeaves() {
        all = true;
        add.clear();
        remove.clear();
    }

    private void comes(UserId person) {
        add.add(person);
        remove.remove(person);
    }

    private void leaves(UserId person) {
        add.remove(person);
        if (!all) {
            remove.add(person);
        }
    }

    /** Those whom a filter means; only one that asks for more than ids needs to look at who is there. */
    private Set<UserId> matching(Filter filter) {
        Optional<Set<String>> named = named(filter);
        Set<UserId> matching = new LinkedHashSet<>();
        if (named.isPresent()) {
            named.get().stream().filter(Membering::isId).map(UserId::new).forEach(matching::add);
            return matching;
        }
        if (++looks > MOST_LOOKS) {
            throw Fault.TOO_MANY.because(
                    "A PATCH looks at everybody in a group by at most %d filters; name members by value eq.",
                    MOST_LOOKS);
        }
        if (!all) {
            for (ObjectNode member : there()) {
                if (filter.matches(member)) {
                    matching.add(new UserId(member.get("value").asText()));
                }
            }
        }
        for (UserId person : add) {
            ObjectNode member = Json.object().put("value", person.value()).put("type", Kind.USER.word());
            if (filter.matches(member)) {
                matching.add(person);
            }
        }
        return matching;
    }

    private List<ObjectNode> there() {
        if (there.isEmpty()) {
            there = Optional.of(present.get());
        }
        return there.get();
    }

    /** The ids of {@code value eq "…" or value eq "…"}. */
    private static Optional<Set<String>> named(Filter filter) {
        if (filter instanceof Filter.Or or) {
            Set<String> ids = new LinkedHashSet<>();
            for (Filter each : or.any()) {
                Optional<Set<String>> some = named(each);
                if (some.isEmpty()) {
                    return Optional.empty();
                }
                ids.addAll(some.get());
            }
            return Optional.of(ids);
        }
        if (filter instanceof Filter.Compare compare && compare.needs().containsKey("value")) {
            return Optional.of(Set.of(compare.literal().asText()));
        }
        return Optional.empty();
    }

    /** The people of a list of members. */
    static Set<UserId> ids(JsonNode members) {
        Set<UserId> ids = new LinkedHashSet<>();
        for (JsonNode member : members) {
            String type = member.path("type").asText(Kind.USER.word());
            String id = member.path("value").asText();
            if (!type.equalsIgnoreCase(Kind.USER.word())) {
                throw Fault.INVALID_VALUE.because(
                        "Members are people: groups within groups are not kept; make their people members.");
            }
            if (!isId(id)) {
                throw Fault.INVALID_VALUE.because("%s is no id of a user here.", Place.cut(id));
            }
            ids.add(new UserId(id));
        }
        return ids;
    }

    private static boolean isId(String text) {
        return Id.looksLike(UserId.PREFIX, text);
    }

    /** What is to change; empty when nothing was said about members. */
    Optional<Members> change() {
        return said && (all || !add.isEmpty() || !remove.isEmpty())
                ? Optional.of(new Members(add, remove, all))
                : Optional.empty();
    }
}
