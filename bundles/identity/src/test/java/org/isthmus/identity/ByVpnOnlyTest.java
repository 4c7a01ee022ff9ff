// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemException.ChangeableBy;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Tunnels;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations.CreateOrganization;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The policy requireVpnForApi, with VPNs of the test's own. */
final class ByVpnOnlyTest {
    private static final String INSIDE = "10.99.0.7";
    private static final String OUTSIDE = "192.0.2.7";

    private Estate estate;
    private Estate.Customer customer;
    private final FakeTunnels tunnels = new FakeTunnels();

    /** Organizations with a VPN, each of which gives its people {@link #INSIDE}. */
    private static final class FakeTunnels implements Tunnels {
        private final Set<OrganizationId> up = new HashSet<>();

        @Override
        public boolean answers(OrganizationId organization) {
            return up.contains(organization);
        }

        @Override
        public boolean through(OrganizationId organization, String peer) {
            return up.contains(organization) && peer.equals(INSIDE);
        }
    }

    @BeforeEach
    void aCustomer() {
        estate = Estate.open(ByVpnOnlyTest.class);
        customer = estate.customer();
    }

    @AfterEach
    void close() {
        estate.close();
    }

    private OrganizationView set(Policy policy) {
        OrganizationView now = estate.identity().organizations().get(customer.administrator(), customer.ref());
        return estate.submit(customer.administrator(), new SetPolicy(customer.ref(), now.version(), policy));
    }

    private void onlyByVpn() {
        tunnels.up.add(customer.administrator().organization());
        estate.identity().tunnelBy(tunnels);
        set(Policy.DEFAULT.reachable(true, true));
    }

    private static Caller from(Caller who, String address) {
        return new Caller(
                who.kind(),
                who.user(),
                who.username(),
                who.organization(),
                Caller.Door.REST,
                address,
                who.requestId(),
                who.onlyActions(),
                false);
    }

    private void request(Caller caller) {
        estate.identity().access().requireTunnel(caller);
    }

    @Test
    void nobodyIsLockedOutWhereNothingRunsVpns() {
        ProblemException refused = Refused.with(Problem.CONFLICT, () -> set(Policy.DEFAULT.reachable(true, true)));

        assertTrue(refused.getMessage().contains("everybody would be locked out"), refused.getMessage());
        assertFalse(estate.identity()
                .organizations()
                .get(customer.administrator(), customer.ref())
                .policy()
                .requireVpnForApi());
        request(from(customer.administrator(), OUTSIDE));
    }

    @Test
    void norWhereTheOrganizationItselfHasNoVpnThatAnswers() {
        estate.identity().tunnelBy(tunnels);

        Refused.with(Problem.CONFLICT, () -> set(Policy.DEFAULT.reachable(true, true)));
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(
                        estate.root(),
                        new CreateOrganization(
                                new Name("new-with-vpn"),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(Policy.DEFAULT.reachable(true, true)),
                                Optional.empty())));
    }

    @Test
    void whoComesThroughTheVpnIsHeardAndWhoDoesNotIsToldWhichPolicyItIs() {
        onlyByVpn();

        request(from(customer.administrator(), INSIDE));
        ProblemException refused =
                Refused.with(IdentityProblem.VPN_NEEDED, () -> request(from(customer.administrator(), OUTSIDE)));

        FieldError error = refused.errors().get(0);
        assertEquals(Optional.of("requireVpnForApi"), error.policy());
        assertEquals(Optional.of(customer.ref().text()), error.owner());
        assertEquals(Optional.of(new ChangeableBy("policy.set", customer.ref().text())), error.changeableBy());
    }

    @Test
    void oneOrganizationsVpnIsNobodyElsesAndTheirPolicyIsTheirs() {
        onlyByVpn();
        Estate.Customer other = estate.customer();

        request(from(other.administrator(), OUTSIDE));
        tunnels.up.add(other.administrator().organization());
        tunnels.up.remove(customer.administrator().organization());

        Refused.with(IdentityProblem.VPN_NEEDED, () -> request(from(customer.administrator(), INSIDE)));
    }

    @Test
    void aVpnThatIsAwayLetsNobodyInUntilRootLiftsThePolicy() {
        onlyByVpn();
        tunnels.up.clear();
        Refused.with(IdentityProblem.VPN_NEEDED, () -> request(from(customer.administrator(), INSIDE)));

        OrganizationView now = estate.identity().organizations().get(estate.root(), customer.ref());
        estate.submit(estate.root(), new SetPolicy(customer.ref(), now.version(), Policy.DEFAULT));

        request(from(customer.administrator(), OUTSIDE));
    }

    @Test
    void rootTheSystemAndDirectoriesHaveNoVpn() {
        onlyByVpn();

        request(estate.root());
        request(Caller.system(customer.administrator().organization(), "req"));
        request(Caller.directory(
                new DirectoryId("dir_00000000-0000-4000-8000-000000000001"),
                "corp",
                customer.administrator().organization(),
                customer.ref().text(),
                Caller.Door.SCIM,
                OUTSIDE,
                "req"));
    }
}
