// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.TreeSet;
import javax.inject.Inject;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeaturesService;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** Every feature an operator can install resolves, one after the other, without a network. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class FeaturesTest {
    @Inject
    private BundleContext context;

    @Inject
    private FeaturesService features;

    @Configuration
    public Option[] configuration() {
        return Container.with(18480, "(" + Container.KARAF + ")");
    }

    @Test
    public void everyFeatureInstallsByItself() throws Exception {
        TreeSet<String> ours = new TreeSet<>();
        for (Feature feature : features.listFeatures()) {
            if (feature.getName().startsWith("isthmus")) {
                ours.add(feature.getName());
            }
        }
        assertTrue(ours.toString(), ours.containsAll(List.of("isthmus", "isthmus-kvm", "isthmus-ovn", "isthmus-fake")));
        for (String name : ours) {
            features.installFeature(
                    name,
                    EnumSet.of(
                            FeaturesService.Option.NoAutoRefreshBundles, FeaturesService.Option.NoAutoManageBundles));
            assertTrue(name, features.isInstalled(features.getFeature(name)));
        }
        List<String> notResolved = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getState() == Bundle.INSTALLED)
                .map(Bundle::getSymbolicName)
                .toList();
        assertEquals(List.of(), notResolved);
    }

    @Test
    public void noRemoteManagementIsThere() throws Exception {
        assertFalse(features.isInstalled(features.getFeature("management")));
    }
}
