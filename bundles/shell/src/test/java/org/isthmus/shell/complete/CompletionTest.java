// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.complete;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.isthmus.shell.Services;
import org.isthmus.shell.fake.FakeCloud;
import org.isthmus.shell.fake.Typist;
import org.junit.jupiter.api.Test;

final class CompletionTest {
    private final FakeCloud cloud = new FakeCloud();
    private final Typist typist = new Typist(cloud.services());

    @Test
    void driversAreOfferedAsTheyAreInstalled() throws Exception {
        assertEquals(
                List.of("sample "), typist.tab(Names.Drivers.class, "isthmus:endpoint-create", "berlin", "e1", "s"));
    }

    @Test
    void settingsComeFromTheDriversSchemaWithoutItsSecrets() throws Exception {
        assertEquals(
                List.of("mode=fast ", "mode=safe ", "uri="),
                typist.tab(Settings.Open.class, "isthmus:endpoint-create", "berlin", "e1", "sample", ""));
        assertEquals(
                List.of("mode=safe "),
                typist.tab(Settings.Open.class, "isthmus:endpoint-create", "berlin", "e1", "sample", "mode=s"));
        assertEquals(
                List.of("password "),
                typist.tab(Settings.Secrets.class, "isthmus:endpoint-create", "sample", "--secret", "p"));
    }

    @Test
    void anEndpointThatIsThereTellsItsDriver() throws Exception {
        assertEquals(
                List.of("uri="), typist.tab(Settings.Open.class, "isthmus:endpoint-change", "berlin", "first", "u"));
    }

    @Test
    void namesAreThoseOfTheOrganizationMeant() throws Exception {
        cloud.networks.all.add(cloud.network("front"));

        assertEquals(List.of("front "), typist.tab(Names.Networks.class, "isthmus:network-show", "-o", "acme", ""));
        assertEquals("acme", cloud.networks.in.orElseThrow().text());
    }

    @Test
    void hostsAndEndpointsAreThoseOfTheLocationTypedBefore() throws Exception {
        assertEquals(List.of("h1 "), typist.tab(Names.Hosts.class, "isthmus:host-show", "berlin", ""));
        assertEquals(List.of(), typist.tab(Names.Hosts.class, "isthmus:host-show", "nowhere", ""));
    }

    @Test
    void karafsQuestionWhetherAnEarlierWordIsRightIsAnsweredYes() throws Exception {
        assertEquals(List.of("e9 "), typist.tab(Anything.class, "e9"));
        assertEquals(List.of("berlin "), typist.tab(Names.Endpoints.class, "berlin"));
    }

    @Test
    void whatIsAwayOffersNothingAtOnce() throws Exception {
        Typist alone = new Typist(new Services(Duration.ZERO));

        assertEquals(List.of(), alone.tab(Names.Networks.class, "isthmus:network-show", "-o", "acme", ""));
        assertEquals(List.of(), alone.tab(Names.Drivers.class, "isthmus:driver-show", ""));
    }

    @Test
    void nobodyLoggedInIsOfferedNothing() throws Exception {
        typist.as(new javax.security.auth.Subject());

        assertEquals(List.of(), typist.tab(Names.Places.class, "isthmus:location-show", ""));
    }
}
