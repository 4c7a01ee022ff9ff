// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.factor;

import java.util.Map;
import org.isthmus.api.Swappable;
import org.isthmus.store.seal.Seal;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The place of what seals secrets, which comes with core and may be swapped at any time. */
@Component(service = Seals.class)
public final class Seals {
    private final Swappable<Seal> seal = new Swappable<>("What opens the secrets of second factors");

    @Activate
    public Seals() {
        // they come and go by bind and unbind
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindSeal(Seal service, Map<String, Object> properties) {
        seal.bind(service, properties.get(Constants.SERVICE_RANKING) instanceof Integer ranking ? ranking : 0);
    }

    /** Without a container. */
    public void bindSeal(Seal service) {
        seal.bind(service, 0);
    }

    public void unbindSeal(Seal service) {
        seal.unbind(service);
    }

    /** Waits for one when there is none, so never inside a transaction. */
    public Swappable<Seal> seal() {
        return seal;
    }
}
