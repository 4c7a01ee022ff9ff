// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import com.sun.xml.bind.marshaller.NamespacePrefixMapper;
import com.sun.xml.bind.v2.ContextFactory;
import com.vmware.vim25.HostSystemConnectionState;
import com.vmware.vim25.HostSystemPowerState;
import com.vmware.vim25.HttpNfcLeaseState;
import com.vmware.vim25.ManagedEntityStatus;
import com.vmware.vim25.ObjectFactory;
import com.vmware.vim25.TaskInfoState;
import com.vmware.vim25.VirtualMachineConnectionState;
import com.vmware.vim25.VirtualMachinePowerState;
import com.vmware.vim25.VirtualMachineToolsStatus;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.jws.WebMethod;
import javax.jws.WebParam;
import javax.xml.bind.JAXBContext;
import javax.xml.bind.JAXBElement;
import javax.xml.bind.JAXBException;
import javax.xml.bind.Marshaller;
import javax.xml.bind.Unmarshaller;
import javax.xml.namespace.QName;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** Calls and answers as XML, read off the annotations of the generated interface. */
final class Xml {
    private static final String VIM = "urn:vim25";
    private static final String XSD = "http://www.w3.org/2001/XMLSchema";
    private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";
    private static final String HEAD = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsd=\"" + XSD
            + "\" xmlns:xsi=\"" + XSI + "\"><soapenv:Body>";
    private static final String TAIL = "</soapenv:Body></soapenv:Envelope>";

    private Xml() {}

    /** Made at first use, not when the bundle starts: it takes seconds. */
    private static final FutureTask<JAXBContext> VOCABULARY = new FutureTask<>(Xml::make);

    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    private static JAXBContext make() throws JAXBException {
        // the enumerations are met as values of properties only, so nothing else leads to them
        return ContextFactory.createContext(
                new Class<?>[] {
                    ObjectFactory.class,
                    HostSystemConnectionState.class,
                    HostSystemPowerState.class,
                    HttpNfcLeaseState.class,
                    ManagedEntityStatus.class,
                    TaskInfoState.class,
                    VirtualMachineConnectionState.class,
                    VirtualMachinePowerState.class,
                    VirtualMachineToolsStatus.class
                },
                Map.of());
    }

    /** Makes the vocabulary ready, where nobody waits for it. */
    static void warm() {
        if (BEGUN.compareAndSet(false, true)) {
            VOCABULARY.run();
        }
    }

    /** The vocabulary: made here when nobody has begun to, else waited for as long as there is time. */
    private static JAXBContext vocabulary(Deadline deadline) {
        warm();
        try {
            return VOCABULARY.get(deadline.millis(Vim.CALL), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new DriverException(Kind.UNAVAILABLE, "The driver is still starting.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "The driver was interrupted while it was starting.", e);
        } catch (ExecutionException e) {
            throw new DriverException(Kind.BROKEN, "The vocabulary of vSphere cannot be read: " + e.getCause(), e);
        }
    }

    /** Servers of older and of newer versions want this spelling: a prefix for simple types, none for their own. */
    private static final class Prefixes extends NamespacePrefixMapper {
        @Override
        public String getPreferredPrefix(String uri, String suggestion, boolean requirePrefix) {
            return switch (uri) {
                case VIM -> requirePrefix ? "vim25" : "";
                case XSD -> "xsd";
                case XSI -> "xsi";
                default -> suggestion;
            };
        }
    }

    static byte[] call(Method method, Object[] arguments, Deadline deadline) {
        JAXBContext vocabulary = vocabulary(deadline);
        String operation = operation(method);
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        write(out, HEAD + "<" + operation + " xmlns=\"" + VIM + "\">");
        try {
            Marshaller marshaller = vocabulary.createMarshaller();
            marshaller.setProperty(Marshaller.JAXB_FRAGMENT, true);
            marshaller.setProperty("com.sun.xml.bind.namespacePrefixMapper", new Prefixes());
            for (int i = 0; arguments != null && i < arguments.length; i++) {
                QName name = new QName(VIM, parameter(method, i));
                if (arguments[i] instanceof List<?> several) {
                    Class<?> type = element(method.getGenericParameterTypes()[i]);
                    for (Object each : several) {
                        marshal(marshaller, out, name, type, each);
                    }
                } else if (arguments[i] != null) {
                    marshal(marshaller, out, name, boxed(method.getParameterTypes()[i]), arguments[i]);
                }
            }
        } catch (JAXBException e) {
            throw new DriverException(Kind.BROKEN, "The call " + operation + " cannot be written as XML.", e);
        }
        write(out, "</" + operation + ">" + TAIL);
        return out.toByteArray();
    }

    private static <T> void marshal(
            Marshaller marshaller, OutputStream out, QName name, Class<T> declared, Object value) throws JAXBException {
        marshaller.marshal(new JAXBElement<>(name, declared, declared.cast(value)), out);
    }

    private static String operation(Method method) {
        String name = method.getAnnotation(WebMethod.class).operationName();
        return name.isEmpty() ? method.getName() : name;
    }

    private static String parameter(Method method, int index) {
        for (var annotation : method.getParameterAnnotations()[index]) {
            if (annotation instanceof WebParam parameter) {
                return parameter.name();
            }
        }
        throw new IllegalStateException(method + " does not say what its parameters are called");
    }

    private static Class<?> element(Type list) {
        return (Class<?>) ((ParameterizedType) list).getActualTypeArguments()[0];
    }

    private static Class<?> boxed(Class<?> type) {
        if (type == int.class) {
            return Integer.class;
        }
        if (type == boolean.class) {
            return Boolean.class;
        }
        if (type == long.class) {
            return Long.class;
        }
        return type;
    }

    private static void write(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads the answer to a call: what the method returns, or the fault thrown. */
    static Object answer(Method method, InputStream in, Deadline deadline) throws XMLStreamException {
        // no context loader, no services: always the JDK's own, whatever bundles are there
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        XMLStreamReader reader = factory.createXMLStreamReader(in, "UTF-8");
        try {
            goTo(reader, "Body");
            if (reader.nextTag() == XMLStreamConstants.START_ELEMENT
                    && reader.getLocalName().equals("Fault")) {
                throw fault(reader);
            }
            return result(method, reader, vocabulary(deadline));
        } catch (JAXBException e) {
            throw new DriverException(
                    Kind.BROKEN, "The answer to " + operation(method) + " is not understood: " + e.getMessage(), e);
        } finally {
            reader.close();
        }
    }

    private static void goTo(XMLStreamReader reader, String name) throws XMLStreamException {
        while (reader.hasNext()) {
            if (reader.next() == XMLStreamConstants.START_ELEMENT
                    && reader.getLocalName().equals(name)) {
                return;
            }
        }
        throw new XMLStreamException("There is no " + name);
    }

    private static Object result(Method method, XMLStreamReader reader, JAXBContext vocabulary)
            throws XMLStreamException, JAXBException {
        boolean several = List.class.isAssignableFrom(method.getReturnType());
        boolean nothing = method.getReturnType() == void.class;
        Class<?> type = several ? element(method.getGenericReturnType()) : boxed(method.getReturnType());
        List<Object> found = new ArrayList<>();
        Unmarshaller unmarshaller = vocabulary.createUnmarshaller();
        // what a newer server adds is skipped
        unmarshaller.setEventHandler(event -> true);
        reader.nextTag();
        while (reader.isStartElement() && !nothing) {
            found.add(unmarshaller.unmarshal(reader, type).getValue());
            while (reader.isCharacters() || reader.isWhiteSpace()) {
                reader.next();
            }
        }
        if (several) {
            return found;
        }
        return found.isEmpty() ? null : found.get(0);
    }

    /** The fault's name is the type of its detail, or the detail's element where it is not typed. */
    private static VimFault fault(XMLStreamReader reader) throws XMLStreamException {
        String text = "";
        String name = "";
        int depth = 0;
        boolean inDetail = false;
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.END_ELEMENT) {
                depth--;
                if (reader.getLocalName().equals("Fault") && depth < 0) {
                    break;
                }
                inDetail = inDetail && !reader.getLocalName().equals("detail");
            }
            if (event == XMLStreamConstants.START_ELEMENT) {
                depth++;
                String element = reader.getLocalName();
                if (inDetail && name.isEmpty()) {
                    name = named(reader);
                } else if (element.equals("faultstring") && depth == 1) {
                    text = reader.getElementText();
                    depth--;
                } else if (element.equals("detail") && depth == 1) {
                    inDetail = true;
                }
            }
        }
        return new VimFault(name.isEmpty() ? "SystemError" : name, text);
    }

    private static String named(XMLStreamReader reader) {
        String type = reader.getAttributeValue(XSI, "type");
        if (type != null) {
            return type.substring(type.indexOf(':') + 1);
        }
        String element = reader.getLocalName();
        return element.endsWith("Fault") && !element.equals("RuntimeFault")
                ? element.substring(0, element.length() - "Fault".length())
                : element;
    }
}
