// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.persistence.spi.PersistenceProvider;
import javax.persistence.spi.PersistenceUnitInfo;
import org.apache.openjpa.enhance.PCRegistry;
import org.apache.openjpa.persistence.JPAFacadeHelper;
import org.apache.openjpa.persistence.OpenJPAEntityManagerFactory;
import org.apache.openjpa.persistence.PersistenceProviderImpl;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleReference;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * OpenJPA for persistence units whose rows were enhanced when they were built, and whose bundles are replaced while others
 * go on: what it knows of a replaced bundle is forgotten when a unit is opened next.
 */
@Component(
        service = PersistenceProvider.class,
        property = "javax.persistence.provider=org.isthmus.store.internal.EnhancedUnits")
public final class EnhancedUnits extends PersistenceProviderImpl {
    @Activate
    public EnhancedUnits() {}

    @Override
    @SuppressWarnings({"rawtypes", "unchecked"}) // as it is declared there
    public OpenJPAEntityManagerFactory createContainerEntityManagerFactory(PersistenceUnitInfo unit, Map properties) {
        forgetReplaced();
        Map<Object, Object> all = new HashMap<>(properties == null ? Map.of() : properties);
        all.put("openjpa.MetaDataRepository", UnitRows.class.getName());
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        // OpenJPA finds UnitRows by the context class loader, when it is first asked for it
        Thread.currentThread().setContextClassLoader(EnhancedUnits.class.getClassLoader());
        try {
            OpenJPAEntityManagerFactory made = super.createContainerEntityManagerFactory(enhanced(unit), all);
            JPAFacadeHelper.toBrokerFactory(made).getConfiguration().getMetaDataRepositoryInstance();
            return made;
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /**
     * The rows register themselves with OpenJPA once, when they are loaded, and nobody takes them back. Those of a bundle that
     * is only stopped have to stay: they do not register again.
     */
    private static void forgetReplaced() {
        PCRegistry.getRegisteredTypes().stream()
                .map(Class::getClassLoader)
                .filter(EnhancedUnits::replaced)
                .collect(Collectors.toSet())
                .forEach(PCRegistry::deRegister);
    }

    private static boolean replaced(ClassLoader loader) {
        if (!(loader instanceof BundleReference reference)) {
            return false;
        }
        Bundle bundle = reference.getBundle();
        BundleWiring wiring = bundle == null ? null : bundle.adapt(BundleWiring.class);
        return wiring == null || wiring.getClassLoader() != loader;
    }

    /** The unit as OpenJPA's own, and without its transformer of classes: the container keeps that for ever, and its bundle. */
    private static PersistenceUnitInfo enhanced(PersistenceUnitInfo unit) {
        return (PersistenceUnitInfo) Proxy.newProxyInstance(
                EnhancedUnits.class.getClassLoader(),
                new Class<?>[] {PersistenceUnitInfo.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "addTransformer" -> null;
                    case "getPersistenceProviderClassName" -> PersistenceProviderImpl.class.getName();
                    default -> {
                        try {
                            yield method.invoke(unit, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }
                });
    }
}
