// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.directory;

import java.util.Map;
import org.isthmus.api.Swappable;
import org.isthmus.api.gate.Gate;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The place of the gate, which needs identity itself and may be swapped at any time: for what directories tell. */
@Component(service = Gates.class)
public final class Gates {
    private final Swappable<Gate> gate = new Swappable<>("The gate");

    @Activate
    public Gates() {
        // they come and go by bind and unbind
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindGate(Gate service, Map<String, Object> properties) {
        gate.bind(service, properties.get(Constants.SERVICE_RANKING) instanceof Integer ranking ? ranking : 0);
    }

    /** Without a container. */
    public void bindGate(Gate service) {
        gate.bind(service, 0);
    }

    public void unbindGate(Gate service) {
        gate.unbind(service);
    }

    public Swappable<Gate> gate() {
        return gate;
    }
}
