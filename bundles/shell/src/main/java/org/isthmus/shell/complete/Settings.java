// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.complete;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.DriverView;
import org.isthmus.api.location.Locations.SettingView;

/** The settings of the driver meant: the one typed before, or that of the endpoint typed before. */
public final class Settings {
    private Settings() {}

    private static Stream<SettingView> schema(Offer.Line line) {
        List<DriverView> drivers = Names.drivers(line);
        Optional<String> type = line.typed(
                        drivers.stream().map(DriverView::type).toList())
                .or(() -> Names.location(line).flatMap(location -> driver(line, location)));
        return drivers.stream()
                .filter(driver -> type.filter(driver.type()::equals).isPresent())
                .flatMap(driver -> driver.settings().stream());
    }

    private static Optional<String> driver(Offer.Line line, Ref location) {
        return line.typed(Names.endpoints(line, location))
                .flatMap(name ->
                        line.with(Locations.class, (all, caller) -> all.endpoint(caller, location, new Ref(name))
                                .driver()));
    }

    /** Open settings: {@code name=}, and {@code name=value} where the values are known. */
    @Service
    public static final class Open extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return schema(line)
                    .filter(setting -> !setting.secret())
                    .flatMap(setting -> values(setting).isEmpty()
                            ? Stream.of(setting.name() + "=")
                            : values(setting).stream().map(value -> setting.name() + "=" + value));
        }

        private static List<String> values(SettingView setting) {
            return setting.type().equals("BOOLEAN") ? List.of("true", "false") : setting.allowed();
        }
    }

    /** Names of secret settings. */
    @Service
    public static final class Secrets extends Offer {
        @Override
        protected Stream<String> words(Line line) {
            return schema(line).filter(SettingView::secret).map(SettingView::name);
        }
    }
}
