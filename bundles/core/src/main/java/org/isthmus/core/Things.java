// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.store.Tx;

/**
 * Servers, networks and images as grants see them: one of them as a {@link Resource}, or those in a caller's reach as the
 * condition of a query. Only asked for callers whose right does not reach the whole organization.
 */
public final class Things {
    private static final String IN_NETWORKS = "x.id in (select p.server_id from net_port p where p.network_id in (%s))";

    private final Tx tx;
    private final RowStore rows;

    public Things(Tx tx) {
        this.tx = tx;
        this.rows = RowStore.plain(tx);
    }

    /** What grants can be limited to. */
    public enum Kind {
        SERVER("server", ServerId.PREFIX, Action.SERVER_READ, "srv_server", "srv_tag", "server_id"),
        NETWORK("network", NetworkId.PREFIX, Action.NETWORK_READ, "net_network", "net_tag", "network_id"),
        IMAGE("image", ImageId.PREFIX, Action.IMAGE_READ, "img_image", "img_tag", "image_id");

        private final String word;
        private final String prefix;
        private final Action read;
        private final String table;
        private final String tags;
        private final String tagged;

        Kind(String word, String prefix, Action read, String table, String tags, String tagged) {
            this.word = word;
            this.prefix = prefix;
            this.read = read;
            this.table = table;
            this.tags = tags;
            this.tagged = tagged;
        }

        static Optional<Kind> of(String word) {
            return Arrays.stream(values())
                    .filter(kind -> kind.word.equals(word))
                    .findFirst();
        }
    }

    /** A condition with its values; {@code sql} is ours throughout. */
    public record Condition(String sql, List<Object> values) {
        static final Condition NOTHING = new Condition("1 = 0", List.of());

        public Condition {
            values = List.copyOf(values);
        }

        static Condition any(List<Condition> either) {
            if (either.isEmpty()) {
                return NOTHING;
            }
            List<Object> values = new ArrayList<>();
            either.forEach(each -> values.addAll(each.values()));
            return new Condition(
                    "("
                            + String.join(
                                    " or ", either.stream().map(Condition::sql).toList()) + ")",
                    values);
        }
    }

    /** Rows of a kind, called {@code x}, that lie in parts of an organization. */
    public static Condition within(Reach reach, Kind kind) {
        List<Condition> either = new ArrayList<>();
        among(either, "x.department_id in (%s)", reach.ids("department"));
        among(either, "x.id in (%s)", reach.ids(kind.word));
        if (kind == Kind.SERVER) {
            among(either, IN_NETWORKS, reach.ids(Kind.NETWORK.word));
        }
        for (String tag : reach.ids("tag")) {
            int colon = tag.indexOf(':');
            either.add(new Condition(
                    "x.id in (select t." + kind.tagged + " from " + kind.tags
                            + " t where t.organization_id = ? and t.tag_key = ? and t.tag_value = ?)",
                    List.of(reach.organization().id().value(), tag.substring(0, colon), tag.substring(colon + 1))));
        }
        return Condition.any(either);
    }

    private static void among(List<Condition> either, String sql, List<String> ids) {
        if (!ids.isEmpty()) {
            either.add(new Condition(sql.formatted(RowStore.marks(ids.size())), List.copyOf(ids)));
        }
    }

    /** Rows that are about such things: their id is in this column. */
    public static Condition about(Reach reach, String column) {
        List<Condition> either = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            Condition in = within(reach, kind);
            List<Object> values =
                    new ArrayList<>(List.of(reach.organization().id().value()));
            values.addAll(in.values());
            either.add(new Condition(
                    column + " in (select x.id from " + kind.table + " x where x.organization_id = ? and " + in.sql()
                            + ")",
                    values));
        }
        return Condition.any(either);
    }

    /** One of them by id or name; empty when there is none. */
    public Optional<Resource> find(OrganizationId organization, Subject named) {
        return find(organization, List.of(named)).stream().findFirst();
    }

    /** What belongs to a department, in words such as "3 servers"; empty when nothing does. */
    public Optional<String> of(DepartmentId department) {
        return tx.read(() -> Arrays.stream(Kind.values())
                .flatMap(kind -> counted(kind, department).stream())
                .findFirst());
    }

    private Optional<String> counted(Kind kind, DepartmentId department) {
        long count = Sql.run(() -> {
            try (PreparedStatement select = tx.connection()
                            .prepareStatement("select count(*) from " + kind.table + " where department_id = ?");
                    ResultSet row = Sql.bind(select, department.value()).executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        });
        return count == 0 ? Optional.empty() : Optional.of(count + " " + kind.word + (count == 1 ? "" : "s"));
    }

    /** Those of these that there are, in their order; in a few queries, however many they are. */
    public List<Resource> find(OrganizationId organization, List<Subject> named) {
        return tx.read(() -> {
            Map<Kind, Map<String, Resource>> found = new EnumMap<>(Kind.class);
            for (Kind kind : Kind.values()) {
                List<String> ids = named.stream()
                        .filter(each -> each.kind().equals(kind.word))
                        .map(Subject::id)
                        .toList();
                found.put(kind, find(organization, kind, ids));
            }
            return named.stream()
                    .flatMap(each -> Kind.of(each.kind()).map(found::get).map(of -> of.get(each.id())).stream())
                    .toList();
        });
    }

    /** That it is in reach; else it is not there. */
    public void require(Reach reach, Kind kind, Ref ref) {
        if (!reach.everything()
                && find(reach.organization().id(), Subject.of(kind.word, ref))
                        .filter(reach::covers)
                        .isEmpty()) {
            throw absent(kind.word, ref.text());
        }
    }

    /** What a command on one thing names: the thing, and what it will be with other tags. */
    public List<Resource> named(OrganizationView organization, Subject thing, Optional<Map<String, String>> tags) {
        List<Resource> all = new ArrayList<>(find(organization.id(), List.of(thing)));
        tags.ifPresent(wanted -> List.copyOf(all).forEach(is -> all.add(tagged(is, wanted))));
        return all;
    }

    private static Resource tagged(Resource is, Map<String, String> tags) {
        Set<Subject> within = new HashSet<>(is.within());
        within.removeIf(part -> part.kind().equals("tag"));
        tags.forEach((key, value) -> within.add(Resource.tag(key, value)));
        return new Resource(
                new Subject(is.thing().kind(), is.thing().id() + " with those tags"), within, Optional.empty());
    }

    /** The same answer for what is not there and for what may not be seen. */
    public static ProblemException absent(String kind, String named) {
        return Problem.NOT_FOUND.because("There is no %s %s in this organization.", kind, named);
    }

    /** As grants see what is about to be made. */
    public static Resource made(
            Kind kind, Ref named, Map<String, String> tags, Optional<DepartmentId> department, Resource... in) {
        Set<Subject> all = new HashSet<>();
        tags.forEach((key, value) -> all.add(Resource.tag(key, value)));
        for (Resource each : in) {
            each.within().stream()
                    .filter(part -> part.kind().equals(Kind.NETWORK.word))
                    .forEach(all::add);
        }
        department.ifPresent(of -> all.add(Subject.of("department", of)));
        return new Resource(Subject.of(kind.word, named), all, Optional.empty());
    }

    /** The same, with the tags of another. */
    public static Resource tagged(Resource made, Resource like) {
        Set<Subject> all = new HashSet<>(made.within());
        like.within().stream().filter(part -> part.kind().equals("tag")).forEach(all::add);
        return new Resource(made.thing(), all, made.seenWith());
    }

    private Map<String, Resource> find(OrganizationId organization, Kind kind, List<String> named) {
        Map<String, Row> all = rows(organization, kind, named);
        Map<String, Set<Subject>> within = new HashMap<>();
        all.values().forEach(row -> {
            Set<Subject> parts = new HashSet<>(Set.of(new Subject(kind.word, row.id())));
            row.department().ifPresent(department -> parts.add(new Subject("department", department)));
            within.put(row.id(), parts);
        });
        rows.among(
                "select " + kind.tagged + ", tag_key, tag_value from " + kind.tags,
                kind.tags + "_of",
                kind.tagged,
                kind.tagged,
                within.keySet(),
                row -> within.get(row.getString(1)).add(Resource.tag(row.getString(2), row.getString(3))));
        if (kind == Kind.SERVER) {
            rows.among(
                    "select server_id, network_id from net_port",
                    "net_port_server",
                    "server_id",
                    "server_id, sort_no",
                    within.keySet(),
                    row -> within.get(row.getString(1)).add(new Subject(Kind.NETWORK.word, row.getString(2))));
        }
        Map<String, Resource> found = new HashMap<>();
        all.forEach((name, row) -> found.put(
                name, new Resource(new Subject(kind.word, name), within.get(row.id()), Optional.of(kind.read))));
        return found;
    }

    private record Row(String id, Optional<String> department) {}

    /** A column, and the index of it within an organization, with its order. */
    private record By(String index, String column, String order) {
        By(String index, String column) {
            this(index, column, column);
        }
    }

    /** By what they were named. Of servers the living one of a name, else the last that had it. */
    private Map<String, Row> rows(OrganizationId organization, Kind kind, List<String> named) {
        Map<String, Row> found = new HashMap<>();
        Map<Boolean, List<String>> split =
                named.stream().distinct().collect(Collectors.partitioningBy(each -> new Ref(each).isId(kind.prefix)));
        rows(found, organization, kind, new By(kind.table + "_list", "x.id"), split.get(true));
        if (kind != Kind.SERVER) {
            rows(found, organization, kind, new By(kind.table + "_name", "x.name"), split.get(false));
            return found;
        }
        rows(found, organization, kind, new By("srv_server_living", "x.living_name"), split.get(false));
        List<String> dead = split.get(false).stream()
                .filter(each -> !found.containsKey(each))
                .toList();
        // in the order of their ids, so that the last one stays
        rows(found, organization, kind, new By("srv_server_by_name", "x.name", "x.name, x.id"), dead);
        return found;
    }

    private void rows(Map<String, Row> found, OrganizationId organization, Kind kind, By by, List<String> values) {
        rows.among(
                "select " + by.column() + ", x.id, x.department_id from " + kind.table + " x",
                by.index(),
                "x.organization_id = ? and " + by.column(),
                "x.organization_id, " + by.order(),
                List.of(organization.value()),
                values,
                row -> found.put(row.getString(1), new Row(row.getString(2), Optional.ofNullable(row.getString(3)))));
    }
}
