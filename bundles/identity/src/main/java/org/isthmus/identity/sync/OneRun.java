// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Caller.Door;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.RemoveGroup;
import org.isthmus.api.identity.Provisioning.RemovePerson;
import org.isthmus.api.identity.Provisioning.SetMembers;
import org.isthmus.api.identity.Syncs.EndSync;
import org.isthmus.api.identity.Syncs.State;
import org.isthmus.api.identity.Syncs.SyncPlanView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.ldap.LdapFailure;
import org.isthmus.identity.ldap.LdapServer;
import org.isthmus.identity.ldap.LdapSettings;
import org.isthmus.identity.ldap.Reach;
import org.isthmus.identity.ldap.Snapshot;
import org.isthmus.identity.store.SyncStore;
import org.isthmus.identity.sync.Here.PersonHere;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory, once. Every change is a command of the directory through the gate; one that is refused is noted and the others
 * go on. The lease is renewed on the way, and whoever lost it does nothing more.
 */
final class OneRun {
    private static final Logger LOG = LoggerFactory.getLogger(OneRun.class);
    private static final Duration RENEW = Duration.ofSeconds(20);

    private final Tx tx;
    private final DirectoryView view;
    private final Ref organization;
    private final LinkedDirectories linked;
    private final SyncStore runs;
    private final Known known;
    private final Gates gates;
    private final Leases leases;
    private final Leases.Lease lease;
    private final Reach reach;
    private final Clock clock;
    private final Caller caller;
    private final List<String> refused = new ArrayList<>();
    private final Map<String, UserId> people = new HashMap<>();
    private final Map<String, GroupId> groups = new HashMap<>();
    private long renewedAt = System.nanoTime(); // not the clock, which may be set

    OneRun(
            Tx tx,
            OrganizationView organization,
            DirectoryView view,
            LinkedDirectories linked,
            SyncStore runs,
            Known known,
            Gates gates,
            Leases leases,
            Leases.Lease lease,
            Reach reach,
            Clock clock,
            String request) {
        this.tx = tx;
        this.view = view;
        this.organization = Ref.of(organization.id());
        this.linked = linked;
        this.runs = runs;
        this.known = known;
        this.gates = gates;
        this.leases = leases;
        this.lease = lease;
        this.reach = reach;
        this.clock = clock;
        this.caller = Names.caller(view, organization, Door.SYSTEM, "local", request);
    }

    /** Another controller has taken it over. */
    private static final class Lost extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    void go(SyncStore.Run last) {
        fenced(() -> runs.begin(view.organization(), view.id(), clock.instant()));
        try {
            LdapSettings settings = Names.settings(linked, view);
            Snapshot there = new LdapServer(settings, reach).everything(this::renew);
            Here here = known.all(view, there);
            SyncPlan plan = SyncPlan.of(there, here, settings);
            Set<String> agreed = new HashSet<>(last.agreed());
            boolean confirmed = last.confirmed().filter(plan.hash()::equals).isPresent();
            if (confirmed) {
                agreed.addAll(plan.allLosses());
            }
            Optional<String> tooMuch = plan.tooMuch(settings.job(), agreed);
            if (tooMuch.isPresent()) {
                stop(last, plan, tooMuch.get());
                return;
            }
            fenced(() -> runs.agree(view.id(), plan.allLosses()));
            bring(plan, here, settings);
            done(last, plan);
        } catch (LdapFailure e) {
            end(last, State.FAILED, Optional.of(e.getMessage()), Optional.empty(), false);
        } catch (ProblemException e) {
            end(last, State.FAILED, Optional.of(String.valueOf(e.getMessage())), Optional.empty(), false);
        } catch (IllegalArgumentException | IllegalStateException e) {
            // else it would begin anew every few seconds
            LOG.warn("The directory {} could not be brought here", view.id(), e);
            end(last, State.FAILED, Optional.of("Something broke; the log has the cause."), Optional.empty(), false);
        } catch (Lost e) {
            LOG.info("Another controller brings the directory {} here now", view.id());
        }
    }

    private void stop(SyncStore.Run last, SyncPlan plan, String tooMuch) {
        boolean other = last.confirmed().isPresent();
        String detail = tooMuch + " Nothing was done. Look at the plan, and confirm it if that is right"
                + (other ? "; the plan that was confirmed was another." : ".");
        SyncPlanView told = Reports.view(plan, Optional.of(tooMuch));
        boolean news = last.report()
                .map(Reports::read)
                .filter(before -> before.id().equals(told.id()))
                .isEmpty();
        fenced(() -> runs.agree(view.id(), Set.of()));
        end(last, State.STOPPED, Optional.of(detail), Optional.of(told), news);
    }

    private void done(SyncStore.Run last, SyncPlan plan) {
        SyncPlanView told = Reports.with(Reports.view(plan, Optional.empty()), refused);
        Optional<String> detail = refused.isEmpty()
                ? Optional.empty()
                : Optional.of(refused.size() + " changes were refused; the notes say which.");
        end(last, State.DONE, detail, Optional.of(told), !plan.empty());
    }

    /** In the audit log and as an event when it is news; a run that finds all as it was is not. */
    private void end(
            SyncStore.Run last, State state, Optional<String> detail, Optional<SyncPlanView> plan, boolean news) {
        if (news || last.state() != state || !last.detail().equals(detail)) {
            EndSync command = new EndSync(organization, view.id(), lease.holder(), lease.fence(), state, detail, plan);
            gates.gate().call(gate -> gate.submit(caller, command));
        } else {
            fenced(() -> runs.end(view.id(), state, detail, plan.map(Reports::written), clock.instant()));
        }
        LOG.info("Directory {} of {}: {} {}", view.name(), view.organization(), state, detail.orElse(""));
    }

    private void fenced(Runnable work) {
        tx.execute(() -> {
            leases.fence(lease);
            work.run();
        });
    }

    private void bring(SyncPlan plan, Here here, LdapSettings settings) {
        here.people().forEach((id, person) -> people.put(id, person.id()));
        here.groups().forEach((id, group) -> groups.put(id, group.id()));
        // who leaves goes before who comes: they may have the same name
        plan.people().stream()
                .filter(put -> put.change() != SyncPlan.Change.CREATE)
                .forEach(put -> person(put, settings));
        plan.gone().forEach(each -> gone(each, settings));
        plan.people().stream()
                .filter(put -> put.change() == SyncPlan.Change.CREATE)
                .forEach(put -> person(put, settings));
        for (SyncPlan.PutGroup put : plan.groups()) {
            submit(
                            "group " + put.group().name(),
                            new PutGroup(
                                    organization,
                                    view.id(),
                                    put.here().map(Here.GroupHere::id),
                                    put.here().map(Here.GroupHere::version),
                                    put.group().name(),
                                    Optional.of(put.group().externalId())))
                    .ifPresent(made -> groups.put(put.group().externalId(), made.id()));
        }
        plan.members().forEach(this::members);
        for (Here.GroupHere group : plan.groupsGone()) {
            submit("group " + group.name(), new RemoveGroup(organization, view.id(), group.id(), Optional.empty()));
        }
    }

    private void person(SyncPlan.PutPerson put, LdapSettings settings) {
        submit(
                        put.person().username(),
                        new PutPerson(
                                organization,
                                view.id(),
                                put.here().map(PersonHere::id),
                                put.here().map(PersonHere::version),
                                Names.data(put.person(), settings)))
                .ifPresent(made -> people.put(put.person().externalId(), made.id()));
    }

    private void gone(PersonHere person, LdapSettings settings) {
        if (settings.job().remove()) {
            submit(
                    person.username(),
                    new RemovePerson(organization, view.id(), person.id(), Optional.of(person.version())));
            return;
        }
        PersonData inactive = new PersonData(
                Optional.of(person.externalId()),
                person.username(),
                person.email(),
                person.displayName(),
                person.givenName(),
                person.familyName(),
                false,
                person.department());
        submit(
                person.username(),
                new PutPerson(
                        organization, view.id(), Optional.of(person.id()), Optional.of(person.version()), inactive));
    }

    /** All at once; where that is refused, those who leave first, and the others one by one. */
    private void members(SyncPlan.Members change) {
        GroupId group = groups.get(change.group());
        if (group == null) {
            return; // it was refused, and that is noted
        }
        Set<UserId> add = known(change.add());
        Set<UserId> remove = known(change.remove());
        int before = refused.size();
        if (submit("members of " + change.name(), members(group, add, remove)).isPresent()
                || add.size() + remove.size() <= 1) {
            return;
        }
        refused.subList(before, refused.size()).clear();
        if (!remove.isEmpty()) {
            submit("members of " + change.name(), members(group, Set.of(), remove));
        }
        for (UserId each : add) {
            submit(each + " in " + change.name(), members(group, Set.of(each), Set.of()));
        }
    }

    private SetMembers members(GroupId group, Set<UserId> add, Set<UserId> remove) {
        return new SetMembers(organization, view.id(), group, Optional.empty(), add, remove, false);
    }

    private Set<UserId> known(Set<String> externalIds) {
        Set<UserId> all = new HashSet<>();
        externalIds.forEach(each -> Optional.ofNullable(people.get(each)).ifPresent(all::add));
        return all;
    }

    private <R> Optional<R> submit(String what, Command<R> command) {
        renew();
        try {
            return Optional.of(
                    gates.gate().call(gate -> gate.submit(caller, command)).result());
        } catch (ProblemException e) {
            if (e.type().status() >= 500) {
                throw e;
            }
            refused.add(what + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private void renew() {
        if (System.nanoTime() - renewedAt < RENEW.toNanos()) {
            return;
        }
        Optional<Leases.Lease> held = leases.hold(lease.name(), lease.holder(), LdapSync.LEASED);
        if (held.filter(lease::equals).isEmpty()) {
            throw new Lost();
        }
        renewedAt = System.nanoTime();
    }
}
