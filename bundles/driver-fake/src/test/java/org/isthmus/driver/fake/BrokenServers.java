// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.tck.Rule;

/** Compute drivers that each break one rule of the core, made of a sound one. */
final class BrokenServers {
    private BrokenServers() {}

    /** The sound driver, broken in this rule. */
    static ComputeDriver breaking(Rule rule, FakeSubject subject, Broken memory, ComputeDriver sound) {
        memory.opened++;
        return switch (rule) {
            case D01 -> new ForwardingCompute(sound) {
                @Override
                public Health health() {
                    Health health = sound.health();
                    return health.state() == Health.State.UP ? Health.up(null) : health;
                }
            };
            case D02 -> new ForwardingCompute(sound) {
                @Override
                public Set<String> capabilities() {
                    Set<String> fewer = new TreeSet<>(sound.capabilities());
                    fewer.remove("Metered");
                    return fewer;
                }
            };
            case D03 -> new ForwardingCompute(sound) {
                private boolean closed;

                @Override
                public void close() {
                    if (closed) {
                        throw new IllegalStateException("closed twice");
                    }
                    closed = true;
                    sound.close();
                }
            };
            case D04 -> new ForwardingCompute(sound) {
                @Override
                public Health health() {
                    return Health.up("As ever.");
                }
            };
            case D05 -> new ForwardingCompute(sound) {
                @Override
                public Optional<SeenServer> find(ServerId server) {
                    subject.clock().advance(Duration.ofSeconds(11));
                    return sound.find(server);
                }
            };
            case D06 -> new ForwardingCompute(sound) {
                @Override
                public Progress<Void> power(Call call, String ref, PowerWish wish) {
                    try {
                        return sound.power(call, ref, wish);
                    } catch (DriverException e) {
                        throw new DriverException(e.kind(), "No answer from root:" + FakeSubject.SECRET + "@host.", e);
                    }
                }
            };
            case C01 -> new ForwardingCompute(sound) {
                @Override
                public Optional<SeenServer> find(ServerId server) {
                    return sound.find(server)
                            .map(seen -> Broken.shown(seen, seen.ref(), "elsewhere", seen.token(), seen.managed()));
                }
            };
            case C02 -> new ForwardingCompute(sound) {
                @Override
                public Optional<SeenServer> find(ServerId server) {
                    return sound.find(server)
                            .map(seen -> Broken.shown(
                                    seen,
                                    seen.ref(),
                                    seen.host(),
                                    seen.ref().startsWith("fake-") ? Optional.of("forgotten") : seen.token(),
                                    seen.managed()));
                }
            };
            case C03, C04, C25 -> doubling(rule, memory, sound);
            case C19 -> new ForwardingCompute(sound) {
                private final Set<ServerId> mine = new HashSet<>();

                @Override
                public Progress<Created> create(Call call, ServerSpec spec) {
                    mine.add(spec.server());
                    return sound.create(call, spec);
                }

                @Override
                public List<SeenServer> list() {
                    return sound.list().stream()
                            .filter(seen -> !seen.managed()
                                    || seen.server().filter(mine::contains).isPresent())
                            .toList();
                }
            };
            case C20 -> new ForwardingCompute(sound) {
                @Override
                public <F> Optional<F> facet(Class<F> type) {
                    if (type == Adoptable.class) {
                        memory.names.add("adopting");
                    }
                    return sound.facet(type);
                }

                @Override
                public List<SeenServer> list() {
                    boolean adopting = memory.names.contains("adopting");
                    return sound.list().stream()
                            .map(seen ->
                                    adopting ? seen : Broken.shown(seen, seen.ref(), seen.host(), seen.token(), true))
                            .toList();
                }
            };
            case C21 -> new ForwardingCompute(sound) {
                @Override
                public List<SeenServer> list() {
                    return Broken.insteadOf(Kind.UNAVAILABLE, List.of(), sound::list);
                }
            };
            case C23 -> new ForwardingCompute(sound) {
                @Override
                public List<HostCapacity> capacity() {
                    List<HostCapacity> twice = new ArrayList<>(sound.capacity());
                    twice.addAll(sound.capacity());
                    return twice;
                }
            };
            case C24 -> new ForwardingCompute(sound) {
                @Override
                public Progress<Created> create(Call call, ServerSpec spec) {
                    memory.names.add(spec.server().value());
                    return sound.create(call, spec);
                }

                @Override
                public <F> Optional<F> facet(Class<F> type) {
                    memory.names.add(type.getSimpleName());
                    return sound.facet(type);
                }

                @Override
                public Optional<SeenServer> find(ServerId server) {
                    Optional<SeenServer> seen = sound.find(server);
                    if (seen.isEmpty() && memory.names.isEmpty()) {
                        throw Broken.refused(Kind.NOT_FOUND);
                    }
                    return seen;
                }
            };
            case C26 -> new ForwardingCompute(sound) {
                @Override
                public List<SeenServer> list() {
                    return sound.list().stream().map(Broken::talking).toList();
                }
            };
            case C05, C06, C07, C08, C09, C10, C22 -> creating(rule, memory, sound);
            case C11, C12, C13, C14 -> deleting(rule, memory, sound);
            case C15, C16, C17, C18 -> powering(rule, memory, sound);
            default -> throw new IllegalArgumentException("No driver breaks " + rule);
        };
    }

    /** Makes a second server: when asked anew without memo, from a second thread, or when wishes alternate. */
    private static ComputeDriver doubling(Rule rule, Broken memory, ComputeDriver sound) {
        return new ForwardingCompute(sound) {
            private String last = "";

            @Override
            public synchronized Progress<Created> create(Call call, ServerSpec spec) {
                Progress<Created> answer = sound.create(call, spec);
                boolean second =
                        switch (rule) {
                            case C03 -> memory.anewWithoutMemo(call);
                            case C04 -> memory.fromAnotherThread(call);
                            default -> !memory.names.add(call.token()) && !last.isEmpty() && !last.equals(call.token());
                        };
                last = call.token();
                if (second) {
                    sound.find(spec.server()).map(Broken::twin).ifPresent(memory.ghosts::add);
                }
                return answer;
            }

            @Override
            public List<SeenServer> list() {
                return memory.withGhosts(sound.list());
            }
        };
    }

    private static ComputeDriver creating(Rule rule, Broken memory, ComputeDriver sound) {
        return new ForwardingCompute(sound) {
            @Override
            public Progress<Created> create(Call call, ServerSpec spec) {
                Progress<Created> pretended = Progress.done(new Created("fake-" + spec.server()));
                boolean hostKnown = spec.host().startsWith("fake-");
                return switch (rule) {
                    case C05 -> Broken.insteadOf(Kind.CONFLICT, pretended, () -> sound.create(call, spec));
                    case C06 -> hostKnown
                            ? sound.create(call, spec)
                            : Broken.refusingAs(Kind.INVALID, Kind.NOT_FOUND, () -> sound.create(call, spec));
                    case C07 -> hostKnown
                            ? Broken.refusingAs(Kind.INVALID, Kind.BROKEN, () -> sound.create(call, spec))
                            : sound.create(call, spec);
                    case C08 -> Broken.refusingAs(Kind.NO_CAPACITY, Kind.INVALID, () -> sound.create(call, spec));
                    case C09 -> leavingBehind(call, spec);
                    case C10 -> {
                        String owner = memory.notes.putIfAbsent(
                                spec.name().value(), spec.server().value());
                        if (owner != null && !owner.equals(spec.server().value())) {
                            throw Broken.refused(Kind.CONFLICT);
                        }
                        yield sound.create(call, spec);
                    }
                    default -> Broken.insteadOf(Kind.UNAVAILABLE, pretended, () -> sound.create(call, spec));
                };
            }

            private Progress<Created> leavingBehind(Call call, ServerSpec spec) {
                try {
                    return sound.create(call, spec);
                } catch (DriverException e) {
                    if (e.kind() == Kind.INVALID) {
                        memory.ghosts.add(new SeenServer(
                                "half",
                                spec.host(),
                                "half",
                                Optional.of(spec.server()),
                                Optional.of(call.token()),
                                true,
                                Power.OFF,
                                1,
                                64,
                                List.of(),
                                List.of()));
                    }
                    throw e;
                }
            }

            @Override
            public List<SeenServer> list() {
                return memory.withGhosts(sound.list());
            }
        };
    }

    private static ComputeDriver deleting(Rule rule, Broken memory, ComputeDriver sound) {
        return new ForwardingCompute(sound) {
            @Override
            public Progress<Created> create(Call call, ServerSpec spec) {
                memory.notes.put(spec.server().value(), "made");
                return sound.create(call, spec);
            }

            @Override
            public Progress<Void> delete(Call call, ServerId server, Optional<String> ref) {
                String id = server.value();
                boolean on = sound.find(server)
                        .filter(seen -> seen.power() == Power.ON)
                        .isPresent();
                if (rule == Rule.C11 && on) {
                    throw Broken.refused(Kind.CONFLICT);
                }
                if (rule == Rule.C12 && ref.isEmpty()) {
                    return Progress.done();
                }
                if (rule == Rule.C13 && !memory.notes.containsKey(id)) {
                    throw Broken.refused(Kind.NOT_FOUND);
                }
                if (rule == Rule.C14 && memory.names.contains(id)) {
                    throw Broken.refused(Kind.NOT_FOUND);
                }
                Progress<Void> answer = sound.delete(call, server, ref);
                return memory.notes.containsKey(id) ? memory.noting(id, answer) : answer;
            }
        };
    }

    private static ComputeDriver powering(Rule rule, Broken memory, ComputeDriver sound) {
        return new ForwardingCompute(sound) {
            @Override
            public Progress<Void> power(Call call, String ref, PowerWish wish) {
                if (rule == Rule.C15 && wish == PowerWish.OFF && on(ref)) {
                    return Progress.done();
                }
                if (rule == Rule.C16 && wish == PowerWish.ON && !memory.names.contains(call.token()) && on(ref)) {
                    throw Broken.refused(Kind.CONFLICT);
                }
                memory.names.add(call.token());
                if (rule == Rule.C17 && wish == PowerWish.RESTARTED) {
                    memory.opened++;
                    return sound.power(new Call(call.token() + "." + memory.opened, call.deadline()), ref, wish);
                }
                if (rule == Rule.C18) {
                    return Broken.insteadOf(Kind.NOT_FOUND, Progress.done(), () -> sound.power(call, ref, wish));
                }
                return sound.power(call, ref, wish);
            }

            private boolean on(String ref) {
                return sound.list().stream().anyMatch(seen -> seen.ref().equals(ref) && seen.power() == Power.ON);
            }
        };
    }
}
