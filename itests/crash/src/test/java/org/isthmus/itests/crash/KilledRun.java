// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.crash;

import java.nio.file.Path;
import java.time.Instant;
import org.isthmus.api.Caller;

/** A process of its own: begins a scenario and is killed at a moment of it. */
final class KilledRun {
    private KilledRun() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        Scenario scenario = Scenario.valueOf(arguments[1]);
        Points points = new Points(Integer.parseInt(arguments[2]));
        Instant start = Instant.parse(arguments[3]);
        Controller house = new Controller(directory, start, points);
        house.fake.script().watch(points);
        Caller ann = house.ann();
        points.begin();
        house.finish(ann, scenario.begin(house, ann));
        house.close();
        System.exit(0);
    }
}
