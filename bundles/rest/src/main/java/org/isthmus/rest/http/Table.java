// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.isthmus.api.Action;
import org.isthmus.api.gate.Command;
import org.isthmus.api.operation.OperationView;
import org.isthmus.model.Page;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Route.Answer;
import org.isthmus.rest.http.Route.Trait;
import org.isthmus.rest.json.Pages;

/** The table of routes, and the words in which it is written. */
public final class Table {
    /** Where the API is. */
    public static final String BASE = "/api/v1";

    private static final Parameter LIMIT = Parameter.optional("limit", Long.class, "most items of a page, 1 to 1000");
    private static final Parameter CURSOR =
            Parameter.optional("cursor", String.class, "where the page begins: next of the page before");
    private static final Parameter TAG =
            Parameter.optional("tag", String.class, "only those that carry this tag, as key:value");
    private static final Parameter FIELDS =
            Parameter.optional("fields", String.class, "the only members wanted, comma-separated");
    private static final Parameter DRY_RUN =
            Parameter.optional("dryRun", Boolean.class, "the whole check and the estimate, but no effect");

    private final List<Route> routes = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
    private final Changes changes;
    private final Pages pages = new Pages();

    public Table(Services services, Drain drain) {
        this.changes = new Changes(services, drain);
    }

    public List<Route> routes() {
        return List.copyOf(routes);
    }

    /** The answer for an operation that a handler of bytes began. */
    public Reply started(Call call, OperationView operation) {
        return changes.started(call, operation);
    }

    /** Routes under one heading of the document. */
    public Group group(String name) {
        return new Group(name);
    }

    private void add(Route route) {
        if (!ids.add(route.id())) {
            throw new IllegalStateException("Two routes are called " + route.id());
        }
        routes.add(route);
    }

    /** Writes rows under one heading. */
    public final class Group {
        private final String name;

        Group(String name) {
            this.name = name;
        }

        /** A list with keyset paging and filters. */
        public <V> void list(
                String path,
                String id,
                Guard guard,
                String summary,
                Class<V> view,
                List<Parameter> filters,
                Function<Call, Page<V>> read) {
            boolean tags = filters.contains(Filters.TAGS);
            Row row = new Row(Verb.GET, path, id, guard, summary);
            row.traits.addAll(EnumSet.of(Trait.LIST, Trait.FIELDS));
            row.parameters.addAll(filters);
            row.parameters.remove(Filters.TAGS);
            row.parameters.addAll(List.of(LIMIT, CURSOR, FIELDS));
            if (tags) {
                row.traits.add(Trait.TAGS);
                row.parameters.add(TAG);
            }
            row.view = Optional.of(view);
            row.answers.add(new Answer(200, "a page", Optional.of(view), true, Answer.JSON));
            row.handledBy(call -> {
                Page<V> page = read.apply(call);
                return call.fields().isPresent()
                        ? Reply.json(200, page)
                        : Reply.text(200, Reply.JSON, pages.bytes(page));
            });
        }

        /**
         * A list short enough to be read whole; its pages are cut out of it.
         *
         * @param key what each item is known by in this list
         */
        public <V> void all(
                String path,
                String id,
                Guard guard,
                String summary,
                Class<V> view,
                Function<V, String> key,
                Function<Call, List<V>> read) {
            list(path, id, guard, summary, view, Filters.none(), call -> {
                Page.Request asked = call.query().page();
                return Cut.out(read.apply(call), key, asked);
            });
        }

        /** One thing. */
        public <V> void get(
                String path,
                String id,
                Guard guard,
                String summary,
                Class<V> view,
                List<Parameter> parameters,
                Function<Call, V> read) {
            Row row = new Row(Verb.GET, path, id, guard, summary);
            row.traits.add(Trait.FIELDS);
            row.parameters.addAll(parameters);
            row.parameters.add(FIELDS);
            row.view = Optional.of(view);
            row.answers.add(Answer.json(200, "the thing as it is", view));
            row.handledBy(call -> Reply.json(200, read.apply(call)));
        }

        /** A change, made by a command through the gate. */
        public Change change(Verb verb, String path, String id, Action action, String summary) {
            Row row = new Row(verb, path, id, Guard.may(action), summary);
            row.traits.add(Trait.DRY_RUN);
            row.parameters.add(DRY_RUN);
            if (verb == Verb.POST) {
                row.traits.add(Trait.REPLAY);
            }
            if (verb == Verb.PATCH) {
                row.traits.add(Trait.VERSIONED);
            }
            return new Change(row);
        }

        /** Anything else. */
        public Raw raw(Verb verb, String path, String id, Guard guard, String summary) {
            return new Raw(new Row(verb, path, id, guard, summary));
        }

        private final class Row {
            private final Verb verb;
            private final String path;
            private final String id;
            private Guard guard;
            private final String summary;
            private final Set<Trait> traits = EnumSet.noneOf(Trait.class);
            private final List<Parameter> parameters = new ArrayList<>();
            private final List<Answer> answers = new ArrayList<>();
            private Optional<Class<?>> command = Optional.empty();
            private Optional<Class<?>> body = Optional.empty();
            private Optional<Class<?>> view = Optional.empty();

            Row(Verb verb, String path, String id, Guard guard, String summary) {
                this.verb = verb;
                this.path = path;
                this.id = id;
                this.guard = guard;
                this.summary = summary;
            }

            void handledBy(Route.Handler handler) {
                add(new Route(
                        verb,
                        PathPattern.of(path),
                        id,
                        name,
                        summary,
                        guard,
                        command,
                        body,
                        view,
                        parameters,
                        traits,
                        answers,
                        handler));
            }
        }

        /** A change whose body is not said yet. */
        public final class Change {
            private final Row row;

            Change(Row row) {
                this.row = row;
            }

            /** The If-Match header is needed; every PATCH says so by itself. */
            public Change versioned() {
                row.traits.add(Trait.VERSIONED);
                return this;
            }

            /** Allowed while the password must be changed. */
            public Change beforePasswordChange() {
                row.traits.add(Trait.BEFORE_PASSWORD_CHANGE);
                return this;
            }

            /** Belongs to logging in, which needs no VPN. */
            public Change withoutVpn() {
                row.traits.add(Trait.WITHOUT_VPN);
                return this;
            }

            /** With this parameter, or member of the body, it needs another action. */
            public Change whenGiven(String member, Action other) {
                row.guard = row.guard.whenGiven(member, other);
                return this;
            }

            /** It takes this parameter besides. */
            public Change with(Parameter parameter) {
                row.parameters.add(parameter);
                return this;
            }

            /** It goes on as an operation. */
            public Change takesTime() {
                row.traits.add(Trait.WAIT);
                return this;
            }

            /** Its body is this record. */
            public <B> Bodied<B> body(Class<B> body) {
                row.body = Optional.of(body);
                if (body.getRecordComponents().length == 0
                        || java.util.Arrays.stream(body.getRecordComponents())
                                .allMatch(part -> part.getType() == Optional.class
                                        && (row.verb == Verb.POST || row.verb == Verb.DELETE))) {
                    row.traits.add(Trait.BODY_OPTIONAL);
                }
                return new Bodied<>(row, body);
            }

            /** It has no body. */
            public <R, C extends Command<R>> Made<Nothing, R> command(Class<C> command, Function<Call, C> make) {
                if (row.verb == Verb.DELETE) {
                    return new Bodied<>(row, Nothing.class).command(command, (call, none) -> make.apply(call));
                }
                return body(Nothing.class).command(command, (call, none) -> make.apply(call));
            }
        }

        /** A change whose command is not said yet. */
        public final class Bodied<B> {
            private final Row row;
            private final Class<B> body;

            Bodied(Row row, Class<B> body) {
                this.row = row;
                this.body = body;
            }

            /** The command it makes. */
            public <R, C extends Command<R>> Made<B, R> command(Class<C> command, BiFunction<Call, B, C> make) {
                row.command = Optional.of(command);
                return new Made<>(row, body, make);
            }

            /**
             * The command it makes, which a dry run does not put to the gate.
             *
             * @param view of the answer to a dry run
             * @param plan answers it, and asks the gate what it needs to
             */
            public <R, C extends Command<R>, V> Made<B, R> planned(
                    Class<C> command, BiFunction<Call, B, C> make, Class<V> view, BiFunction<Call, C, V> plan) {
                row.command = Optional.of(command);
                Made<B, R> made = new Made<>(row, body, make);
                made.dryView = view;
                made.plan = Optional.of((call, any) -> plan.apply(call, command.cast(any)));
                return made;
            }
        }

        /** A change whose answer is not said yet. */
        public final class Made<B, R> {
            private final Row row;
            private final Class<B> body;
            private final BiFunction<Call, B, ? extends Command<R>> make;
            private Class<?> dryView = DryRun.class;
            private BiFunction<Call, DryRun, Object> dry = (call, usual) -> usual;
            private Optional<BiFunction<Call, Command<R>, Object>> plan = Optional.empty();

            Made(Row row, Class<B> body, BiFunction<Call, B, ? extends Command<R>> make) {
                this.row = row;
                this.body = body;
                this.make = make;
            }

            /** A dry run answers more than that it would be accepted. */
            public <V> Made<B, R> dryRun(Class<V> view, BiFunction<Call, DryRun, V> more) {
                dryView = view;
                dry = more::apply;
                return this;
            }

            /** 201 with what was made, and its address. */
            public void created(Class<R> view) {
                ending(Changes.Ending.CREATED, view, (call, result, secrets) -> result);
            }

            /** 201 with a view that depends on how it was asked for. */
            public <V> void created(Class<V> view, Showing<R> show) {
                ending(Changes.Ending.CREATED, view, show);
            }

            /** 201 with a view of what was made; one-time secrets only when told to show them. */
            public <V> void created(Class<V> view, BiFunction<R, Boolean, V> show) {
                ending(Changes.Ending.CREATED, view, (call, result, secrets) -> show.apply(result, secrets));
            }

            /** 200 with what it is now. */
            public void shown(Class<R> view) {
                ending(Changes.Ending.SHOWN, view, (call, result, secrets) -> result);
            }

            /** 200 with a view of what it is now. */
            public <V> void shown(Class<V> view, BiFunction<R, Boolean, V> show) {
                ending(Changes.Ending.SHOWN, view, (call, result, secrets) -> show.apply(result, secrets));
            }

            /** 204. */
            public void gone() {
                ending(Changes.Ending.GONE, Nothing.class, (call, result, secrets) -> result);
            }

            private void ending(Changes.Ending ending, Type view, Showing<R> show) {
                String about =
                        switch (ending) {
                            case CREATED -> "made; Location is its address";
                            case SHOWN -> "done; as it is now";
                            case GONE -> "gone";
                        };
                row.answers.add(
                        ending == Changes.Ending.GONE
                                ? Answer.none(204, about)
                                : Answer.json(ending.status(), about, view));
                if (row.traits.contains(Trait.WAIT)) {
                    row.answers.add(Answer.json(
                            202,
                            "begun, or a second person must approve it; Location is the operation",
                            OperationView.class));
                    row.answers.add(Answer.json(200, "the operation, ended within Prefer: wait", OperationView.class));
                } else {
                    row.answers.add(Answer.json(
                            202,
                            "a second person must approve it; Location is the operation that waits",
                            OperationView.class));
                }
                row.answers.add(Answer.json(200, "with dryRun: it would be accepted", dryView));
                Changes.Recipe<B, R> recipe = new Changes.Recipe<>(body, make, show, ending, dry, plan);
                row.handledBy(call -> changes.run(call, recipe));
            }
        }

        /** A route that does all by itself. */
        public static final class Raw {
            private final Row row;

            Raw(Row row) {
                this.row = row;
            }

            public Raw with(Parameter... parameters) {
                row.parameters.addAll(List.of(parameters));
                return this;
            }

            public Raw trait(Trait trait) {
                row.traits.add(trait);
                return this;
            }

            /** The command it submits, or the foremost of them. */
            public Raw command(Class<?> command) {
                row.command = Optional.of(command);
                return this;
            }

            /** Its body is this record, read with {@link Bound#body}. */
            public Raw body(Class<?> body) {
                row.body = Optional.of(body);
                return this;
            }

            public Raw answers(int status, String about, Type type, String mediaType) {
                row.answers.add(new Answer(status, about, Optional.of(type), false, mediaType));
                return this;
            }

            public Raw answers(int status, String about) {
                row.answers.add(Answer.none(status, about));
                return this;
            }

            public void handledBy(Route.Handler handler) {
                row.handledBy(handler);
            }
        }
    }

    /** Makes the view of a result; one-time secrets only when told to show them. */
    @FunctionalInterface
    public interface Showing<R> {
        Object show(Call call, R result, boolean secrets);
    }

    /** A body without any field. */
    public record Nothing() {}
}
