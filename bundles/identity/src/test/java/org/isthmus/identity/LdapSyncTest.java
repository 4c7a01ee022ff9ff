// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.Modification;
import com.unboundid.ldap.sdk.ModificationType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Directories.ChangeDirectory;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.DeleteDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Syncs.EndSync;
import org.isthmus.api.identity.Syncs.LookView;
import org.isthmus.api.identity.Syncs.State;
import org.isthmus.api.identity.Syncs.SyncDirectory;
import org.isthmus.api.identity.Syncs.SyncPlanView;
import org.isthmus.api.identity.Syncs.SyncView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.HandOver;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.identity.ldap.Slapd;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.Leases;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bringing a real directory here, again and again. */
final class LdapSyncTest {
    @TempDir
    static Path folder;

    private static Estate estate;
    private static Slapd slapd;
    private static int places;

    private Estate.Customer customer;
    private Caller boss;
    private String place;
    private DirectoryView directory;

    @BeforeAll
    static void open() {
        slapd = Slapd.start(folder);
        estate = Estate.open(LdapSyncTest.class);
    }

    @AfterAll
    static void close() {
        if (slapd != null) {
            slapd.close();
            estate.close();
        }
    }

    @BeforeEach
    void anOrganizationWithADirectory() throws LDAPException {
        customer = estate.customer();
        boss = customer.administrator();
        place = "ou=sync" + ++places + ",dc=example,dc=org";
        slapd.add("dn: " + place, "objectClass: organizationalUnit", "ou: sync" + places);
        Map<String, String> settings = new HashMap<>(slapd.settings());
        settings.put("users.base", place);
        settings.put("groups.base", place);
        directory = estate.submit(
                boss,
                new CreateDirectory(customer.ref(), new Name("corp"), Kind.LDAP, true, settings, Slapd.secrets()));
    }

    private void change(String... settings) {
        Map<String, String> all = new HashMap<>(directory.settings());
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        directory = estate.submit(
                boss,
                new ChangeDirectory(
                        customer.ref(),
                        ref(),
                        directory.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(all),
                        Slapd.secrets()));
    }

    private Ref ref() {
        return Ref.of(directory.id());
    }

    private String there(String username) throws LDAPException {
        String dn = "cn=" + username + "," + place;
        slapd.add(
                "dn: " + dn,
                "objectClass: inetOrgPerson",
                "uid: " + username,
                "cn: " + username,
                "sn: Example",
                "mail: " + username + "@example.org",
                "userPassword: pw of " + username);
        return dn;
    }

    private String[] many(String prefix, int count) throws LDAPException {
        String[] dns = new String[count];
        for (int i = 0; i < count; i++) {
            dns[i] = there(prefix + i);
        }
        return dns;
    }

    private static void delete(String... dns) throws LDAPException {
        try (LDAPConnection manager = slapd.manager()) {
            for (String dn : dns) {
                manager.delete(dn);
            }
        }
    }

    private static void modify(String dn, ModificationType how, String attribute, String... values)
            throws LDAPException {
        try (LDAPConnection manager = slapd.manager()) {
            manager.modify(dn, new Modification(how, attribute, values));
        }
    }

    private String group(String name, String... members) throws LDAPException {
        String[] lines = new String[members.length + 3];
        lines[0] = "dn: cn=" + name + "," + place;
        lines[1] = "objectClass: groupOfNames";
        lines[2] = "cn: " + name;
        for (int i = 0; i < members.length; i++) {
            lines[i + 3] = "member: " + members[i];
        }
        slapd.add(lines);
        return "cn=" + name + "," + place;
    }

    private SyncView sync() {
        return sync(Optional.empty());
    }

    private SyncView sync(Optional<String> confirm) {
        estate.submit(boss, new SyncDirectory(customer.ref(), ref(), confirm));
        estate.clock().pass(Duration.ofSeconds(1));
        estate.identity().sync().runDue(Runnable::run);
        return last();
    }

    private SyncView last() {
        return estate.identity().syncs().last(boss, customer.ref(), ref());
    }

    private Map<String, UserView.State> people() {
        Map<String, UserView.State> people = new TreeMap<>();
        estate.identity()
                .users()
                .list(boss, customer.ref(), Query.all())
                .items()
                .forEach(user -> people.put(user.username(), user.state()));
        people.remove("boss");
        return people;
    }

    private List<String> members(String group) {
        return estate
                .identity()
                .groups()
                .members(boss, customer.ref(), Ref.of(found(group).id()), Query.all())
                .items()
                .stream()
                .map(UserView::username)
                .toList();
    }

    private GroupView found(String group) {
        return estate.identity().groups().list(boss, customer.ref(), Query.all()).items().stream()
                .filter(each -> each.name().equals(group))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everybodyComesWithTheirGroupsAndTheSecondTimeNothingIsDone() throws LDAPException {
        String anna = there("anna");
        there("ben");
        String inner = group("inner", anna);
        group("outer", inner);

        SyncView first = sync();
        change("sync.interval", "PT1M");
        int events = estate.events().size();
        estate.clock().pass(Duration.ofMinutes(1));
        estate.identity().sync().runDue(Runnable::run);
        SyncView second = last();

        assertEquals(State.DONE, first.state());
        assertEquals(2, first.plan().orElseThrow().created());
        assertEquals(Map.of("anna", UserView.State.ACTIVE, "ben", UserView.State.ACTIVE), people());
        assertEquals(List.of("anna"), members("inner"));
        assertEquals(List.of("anna"), members("outer"));
        assertEquals(State.DONE, second.state());
        assertEquals(List.of(), second.plan().orElseThrow().steps());
        assertEquals(
                List.of(),
                estate.events().subList(events, estate.events().size()),
                "what finds all as it was is no news");
    }

    @Test
    void whatIsPreviewedIsNotDone() throws LDAPException {
        there("carl");

        SyncPlanView plan = estate.identity().syncs().preview(boss, customer.ref(), ref());

        assertEquals(List.of("carl comes"), plan.steps());
        assertEquals(Map.of(), people());
        assertEquals(State.NEVER, last().state());
    }

    @Test
    void whoIsGoneThereIsDisabledAndLosesSessionsAtOnce() throws LDAPException {
        String dora = there("dora");
        there("emil");
        sync();
        Secret session = estate.identity()
                .logins()
                .login("dora@" + customer.ref(), new Secret("pw of dora"), Estate.origin())
                .token();

        delete(dora);
        SyncView view = sync();

        assertEquals(1, view.plan().orElseThrow().gone());
        assertEquals(Map.of("dora", UserView.State.DISABLED, "emil", UserView.State.ACTIVE), people());
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(session, Estate.origin()));
    }

    @Test
    void whoIsGoneIsRemovedWhereThatIsSetAndWhoComesBackIsTheSameWhereNot() throws LDAPException {
        String fay = there("fay");
        there("gus");
        sync();
        String id = estate.identity()
                .users()
                .get(boss, customer.ref(), new Ref("fay"))
                .id()
                .value();
        modify(fay, ModificationType.REPLACE, "objectClass", "inetOrgPerson", "extensibleObject");
        change("users.filter", "(&(objectClass=inetOrgPerson)(!(objectClass=extensibleObject)))");
        sync();
        assertEquals(UserView.State.DISABLED, people().get("fay"));

        change("users.filter", "(objectClass=inetOrgPerson)");
        sync();
        assertEquals(UserView.State.ACTIVE, people().get("fay"));
        assertEquals(
                id,
                estate.identity()
                        .users()
                        .get(boss, customer.ref(), new Ref("fay"))
                        .id()
                        .value());

        change("gone", "remove");
        delete(fay);
        sync();
        assertEquals(Map.of("gus", UserView.State.ACTIVE), people());
    }

    @Test
    void aNameIsFreeForSomebodyElseInTheSameRunInWhichItsOwnerIsRemoved() throws LDAPException {
        String lou = there("lou");
        there("mia");
        change("gone", "remove");
        sync();
        String before = kept("lou");
        delete(lou);
        there("lou");

        SyncView view = sync();

        assertEquals(Optional.empty(), view.detail());
        assertNotEquals(before, kept("lou"));
    }

    private String kept(String username) {
        return estate.identity()
                .users()
                .get(boss, customer.ref(), new Ref(username))
                .kept()
                .orElseThrow()
                .externalId()
                .orElseThrow();
    }

    @Test
    void aMassDeletionIsStoppedToldAndDoneOnceThatVeryPlanIsConfirmed() throws LDAPException {
        String[] all = many("hal", 10);
        sync();
        delete(all[0], all[1], all[2]);

        SyncView stopped = sync();

        assertEquals(State.STOPPED, stopped.state());
        assertTrue(stopped.detail().orElseThrow().startsWith("3 of 10 accounts would end"), stopped.toString());
        assertEquals(
                0,
                people().values().stream()
                        .filter(UserView.State.DISABLED::equals)
                        .count());
        assertTrue(estate.events().contains("directory.sync-stopped"));

        delete(all[3]);
        SyncView other = sync(Optional.of(stopped.plan().orElseThrow().id()));
        assertEquals(State.STOPPED, other.state());
        assertTrue(other.detail().orElseThrow().contains("was another"), other.toString());
        assertNotEquals(
                stopped.plan().orElseThrow().id(), other.plan().orElseThrow().id());

        SyncView done = sync(Optional.of(other.plan().orElseThrow().id()));
        assertEquals(State.DONE, done.state());
        assertEquals(
                4,
                people().values().stream()
                        .filter(UserView.State.DISABLED::equals)
                        .count());
    }

    @Test
    void aDirectoryWithoutAnybodyIsNotBelieved() throws LDAPException {
        String ida = there("ida");
        sync();
        delete(ida);

        assertEquals(State.STOPPED, sync().state());
        assertEquals(UserView.State.ACTIVE, people().get("ida"));
    }

    @Test
    void anAnswerInPartOrNoneIsAFailureAndNobodyIsGone() throws LDAPException {
        many("jo", 12);
        sync();

        change("max.entries", "11");
        SyncView tooMany = sync();
        assertEquals(State.FAILED, tooMany.state());
        assertTrue(tooMany.detail().orElseThrow().contains("max.entries"), tooMany.toString());

        change("max.entries", "100", "url", "ldaps://localhost:1");
        SyncView away = sync();
        assertEquals(State.FAILED, away.state());
        assertTrue(away.detail().orElseThrow().contains("does not answer"), away.toString());
        assertEquals(
                12,
                people().values().stream().filter(UserView.State.ACTIVE::equals).count());
        assertTrue(estate.events().contains("directory.sync-failed"));
        Refused.with(
                IdentityProblem.DIRECTORY_FAILED,
                () -> estate.identity().syncs().preview(boss, customer.ref(), ref()));
    }

    @Test
    void aNameThatSomebodyHereHasIsRefusedAndNotedAndTheOthersCome() throws LDAPException {
        estate.person(customer, "kim");
        there("kim");
        there("lea");
        group("both", "cn=kim," + place, "cn=lea," + place);

        SyncView view = sync();

        assertEquals(State.DONE, view.state());
        assertEquals(
                "1 changes were refused; the notes say which.", view.detail().orElseThrow());
        assertTrue(view.plan().orElseThrow().notes().get(0).startsWith("kim: "), view.toString());
        assertEquals(List.of("lea"), members("both"));
    }

    @Test
    void rolesOfAGroupComeAndGoWithItsMembers() throws LDAPException {
        String max = there("max");
        there("nora");
        String staff = group("staff", max);
        sync();
        estate.grant(customer, Subject.of("group", found("staff").id()), "auditor");
        assertTrue(mayReadAudit("max"));

        modify(staff, ModificationType.REPLACE, "member", "cn=nora," + place);
        sync();

        assertFalse(mayReadAudit("max"));
        assertTrue(mayReadAudit("nora"));
    }

    private boolean mayReadAudit(String username) {
        Caller caller = estate.identity()
                .logins()
                .caller(
                        estate.identity()
                                .logins()
                                .login(
                                        username + "@" + customer.ref(),
                                        new Secret("pw of " + username),
                                        Estate.origin())
                                .token(),
                        Estate.origin());
        return estate.verdict(caller, org.isthmus.api.Action.AUDIT_READ, customer.ref())
                == org.isthmus.api.identity.Access.Verdict.ALLOWED;
    }

    @Test
    void itIsDoneByItselfWhenItsTimeHasCome() throws LDAPException {
        there("olga");
        change("sync.interval", "PT10M");
        estate.identity().sync().runDue(Runnable::run);
        assertEquals(State.DONE, last().state());

        there("paul");
        estate.clock().pass(Duration.ofMinutes(9));
        estate.identity().sync().runDue(Runnable::run);
        assertFalse(people().containsKey("paul"));

        estate.clock().pass(Duration.ofMinutes(1));
        estate.identity().sync().runDue(Runnable::run);
        assertTrue(people().containsKey("paul"));
    }

    @Test
    void ofTwoControllersOneDoesIt() throws LDAPException {
        there("rosa");
        EmbeddedIdentity other = estate.another();
        Leases.Lease held = estate.database()
                .leases()
                .hold("sync-" + directory.id(), "the other one", Duration.ofMinutes(2))
                .orElseThrow();
        estate.submit(boss, new SyncDirectory(customer.ref(), ref(), Optional.empty()));

        estate.identity().sync().runDue(Runnable::run);
        assertEquals(State.ASKED, last().state());

        estate.database().leases().release(held);
        other.sync().runDue(Runnable::run);
        assertEquals(State.DONE, last().state());
    }

    /** Does what it is told until it dies. */
    private static final class Dying implements Gate {
        private final EmbeddedIdentity controller;
        private int left;

        Dying(EmbeddedIdentity controller, int left) {
            this.controller = controller;
            this.left = left;
        }

        @Override
        public <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission) {
            if (left-- <= 0) {
                throw new Error("killed");
            }
            return new Outcome.Accepted<>(estate.submit(controller, caller, command), Optional.empty());
        }

        @Override
        public void refused(Caller caller, String action, Subject about, ProblemException problem) {
            throw problem;
        }
    }

    @Test
    void aConfirmedRunThatIsKilledAtAnyStepIsFinishedByAnotherWithoutBeingConfirmedAgain() throws LDAPException {
        String[] all = many("sam", 10);
        group("team", all);
        sync();
        delete(all[0], all[1], all[2], all[3]);
        String plan = sync().plan().orElseThrow().id();
        estate.submit(boss, new SyncDirectory(customer.ref(), ref(), Optional.of(plan)));

        for (int steps = 0; steps < 3; steps++) {
            EmbeddedIdentity mortal = estate.gateless();
            mortal.tellBy(new Dying(mortal, 1));
            org.junit.jupiter.api.Assertions.assertThrows(
                    Error.class, () -> mortal.sync().runDue(Runnable::run));
            assertEquals(State.RUNNING, last().state());
            estate.clock().pass(Duration.ofMinutes(3)); // nobody gave the lease back
        }
        estate.identity().sync().runDue(Runnable::run);

        assertEquals(State.DONE, last().state());
        assertEquals(
                4,
                people().values().stream()
                        .filter(UserView.State.DISABLED::equals)
                        .count());
        assertEquals(6, members("team").size());
    }

    @Test
    void whoWasTakenOverWritesNoEnd() throws LDAPException {
        there("tom");
        sync();
        estate.database().leases().hold("sync-" + directory.id(), "the next", Duration.ofMinutes(2));

        Caller telling = Caller.directory(
                directory.id(),
                "corp",
                customer.id(),
                customer.organization().name().value(),
                Caller.Door.SYSTEM,
                "local",
                "req-1");
        EndSync late = new EndSync(
                customer.ref(), directory.id(), "before", 1, State.FAILED, Optional.empty(), Optional.empty());

        org.junit.jupiter.api.Assertions.assertThrows(RuntimeException.class, () -> estate.submit(telling, late));
        assertEquals(State.DONE, last().state());
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(estate.root(), late));
    }

    @Test
    void aLookSaysWhatIsThere() throws LDAPException {
        there("uma");

        LookView look = estate.identity().syncs().look(boss, customer.ref(), ref());

        assertEquals(1, look.people());
        assertEquals(List.of("No group is found: look at groups.base and groups.filter."), look.hints());
    }

    @Test
    void onlyWhoManagesDirectoriesAsksAndOnlyLdapOnesAreAsked() {
        Caller reader = estate.person(customer, "vera", "auditor");
        Refused.with(Problem.FORBIDDEN, () -> estate.identity().syncs().preview(reader, customer.ref(), ref()));
        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.submit(reader, new SyncDirectory(customer.ref(), ref(), Optional.empty())));

        DirectoryView scim = estate.submit(
                boss, new CreateDirectory(customer.ref(), new Name("hr"), Kind.SCIM, true, Map.of(), Map.of()));
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(boss, new SyncDirectory(customer.ref(), Ref.of(scim.id()), Optional.empty())));
    }

    @Test
    void anAccountThatWasHandedOverIsThePersonOfThatName() throws LDAPException {
        Caller xena = estate.person(customer, "xena", "auditor");
        estate.submit(boss, new HandOver(customer.ref(), Ref.of(xena.user().orElseThrow()), ref(), Optional.empty()));
        there("yves");
        sync();
        assertEquals(UserView.State.ACTIVE, people().get("xena"), "not there yet, so nothing is said of them");

        there("xena");
        sync();

        assertTrue(mayReadAudit("xena"));
        assertTrue(estate.identity()
                .users()
                .get(boss, customer.ref(), new Ref("xena"))
                .kept()
                .orElseThrow()
                .externalId()
                .isPresent());
    }

    @Test
    void ofAnUnlinkedDirectoryNothingIsLeft() throws LDAPException {
        there("will");
        sync();

        estate.submit(boss, new DeleteDirectory(customer.ref(), ref()));

        Refused.with(Problem.NOT_FOUND, this::last);
        estate.identity().sync().runDue(Runnable::run);
        assertEquals(UserView.State.ACTIVE, people().get("will"));
    }
}
