// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.osgi.service.component.annotations.Component;

/** The driver type {@code fake}. Tests make one with {@code new}; its {@link #script} serves every driver it opens. */
@Component(service = DriverFactory.class)
public final class FakeDriverFactory implements DriverFactory {
    private final Simulator simulator = new Simulator(new RealMachine());

    /** What tests make go wrong. */
    public Script script() {
        return simulator.script();
    }

    @Override
    public String type() {
        return "fake";
    }

    @Override
    public String description() {
        return "Simulated servers and networks, with faults as settings: for demos and tests.";
    }

    @Override
    public String version() {
        Properties properties = new Properties();
        try (InputStream file = FakeDriverFactory.class.getResourceAsStream("version.properties")) {
            properties.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // as its bundle's
        return properties.getProperty("version").replace('-', '.');
    }

    @Override
    public List<Setting> settings() {
        return FakeSettings.SCHEMA;
    }

    @Override
    public FakeDriver open(EndpointConfig endpoint, DriverContext context) {
        return simulator.open(endpoint, context);
    }
}
