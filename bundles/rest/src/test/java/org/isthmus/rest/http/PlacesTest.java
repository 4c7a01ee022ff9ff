// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.isthmus.api.ProblemException;
import org.isthmus.model.Ids.OrganizationId;
import org.junit.jupiter.api.Test;

/** Who may have how many places. */
final class PlacesTest {
    private static final OrganizationId RED = new OrganizationId("org_00000000-0000-7000-8000-000000000001");
    private static final OrganizationId BLUE = new OrganizationId("org_00000000-0000-7000-8000-000000000002");

    private final Places places = new Places("things", 8, 3);

    private void full(String whose, Runnable take) {
        ProblemException problem = assertThrows(ProblemException.class, take::run);
        assertEquals(RestProblem.TOO_MANY_STREAMS, problem.type());
        assertTrue(problem.getMessage().contains(whose), problem.getMessage());
    }

    @Test
    void aUserHasOnlyTheirShare() {
        for (int i = 0; i < 3; i++) {
            places.take("ann@red", RED);
        }

        full("You have 3 things", () -> places.take("ann@red", RED));
        places.take("bob@red", RED);
    }

    @Test
    void theUsersOfOneOrganizationHaveHalfOfAllTogether() {
        for (int i = 0; i < 4; i++) {
            places.take("user-" + i + "@red", RED);
        }

        full("Your organization has 4 things", () -> places.take("one-more@red", RED));
        for (int i = 0; i < 4; i++) {
            places.take("user-" + i + "@blue", BLUE);
        }
        full("There are 8 things", () -> places.take("10.0.0.1"));
    }

    @Test
    void aPlaceThatIsGivenBackTwiceIsFreeOnce() {
        Places.Place first = places.take("ann@red", RED);
        places.take("ann@red", RED);
        places.take("ann@red", RED);

        first.close();
        first.close();

        places.take("ann@red", RED);
        full("You have 3 things", () -> places.take("ann@red", RED));
    }

    @Test
    void theAddressesOfOneNetworkOfIpv6AreOne() {
        places.take("2001:db8:0:1::1");
        places.take("[2001:db8:0:1::2]");
        places.take("2001:db8:0:1:ffff::3");

        full("Your address has 3 things", () -> places.take("2001:db8:0:1:1:2:3:4"));
        places.take("2001:db8:0:2::1");
        places.take("10.0.0.1");
    }

    @Test
    void whoHasTheMostGivesThePlaceTheyHaveLongestToWhoeverHasFewer() {
        List<String> told = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String name = "first of 10.0.0.1, " + i;
            places.take("10.0.0.1", () -> told.add(name));
        }
        for (int i = 0; i < 2; i++) {
            String name = "of 10.0.0.2, " + i;
            places.take("10.0.0.2", () -> told.add(name));
        }
        for (int i = 3; i <= 5; i++) {
            String name = "of 10.0.0." + i;
            places.take("10.0.0." + i, () -> told.add(name));
        }

        Places.Place fourth = places.take("10.0.0.9", () -> told.add("of 10.0.0.9"));

        assertEquals(List.of("first of 10.0.0.1, 0"), told);
        full("There are 8 things", () -> places.take("10.0.0.9", () -> told.add("one too many")));
        fourth.close();
        places.take("10.0.0.1", () -> {});
        full("Your address has 3 things", () -> places.take("10.0.0.1", () -> {}));
        assertEquals(1, told.size());
    }

    @Test
    void whoIsNeverRefusedGivesWayHimselfAndThenWhoeverHasMost() {
        List<String> gave = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String name = "ann-" + i;
            places.takeAnyway("ann", () -> gave.add(name));
        }
        assertEquals(List.of("ann-0"), gave);

        for (int i = 0; i < 3; i++) {
            String name = "bob-" + i;
            places.takeAnyway("bob", () -> gave.add(name));
        }
        places.takeAnyway("eve", () -> gave.add("eve-0")).close();
        Places.Place of = places.takeAnyway("eve", () -> gave.add("eve-1"));
        places.takeAnyway("eve", () -> gave.add("eve-2"));
        assertEquals(List.of("ann-0"), gave, "eight in all");

        places.takeAnyway("zoe", () -> gave.add("zoe-0"));
        assertEquals(2, gave.size());
        assertTrue(List.of("ann-1", "bob-0").contains(gave.get(1)), "of those with three: " + gave);
        of.close();
        places.takeAnyway("zoe", () -> gave.add("zoe-1"));
        assertEquals(2, gave.size(), "a place was free");
    }
}
