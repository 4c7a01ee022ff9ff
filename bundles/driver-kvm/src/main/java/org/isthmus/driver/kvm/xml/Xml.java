// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Short words for the JDK's trees: make, read, write. Documents from outside cannot refer to anything outside themselves. */
public final class Xml {
    private Xml() {}

    /** The root of a new document, with attributes as name, value, name, value. */
    public static Element root(String name, String... attributes) {
        Element root = builder().newDocument().createElement(name);
        root.getOwnerDocument().appendChild(root);
        return with(root, attributes);
    }

    /** A new last child. */
    public static Element add(Element parent, String name, String... attributes) {
        Element child = parent.getOwnerDocument().createElement(name);
        parent.appendChild(child);
        return with(child, attributes);
    }

    /** A new last child that holds text. */
    public static Element text(Element parent, String name, String text, String... attributes) {
        Element child = add(parent, name, attributes);
        child.setTextContent(text);
        return child;
    }

    private static Element with(Element element, String... attributes) {
        for (int i = 0; i < attributes.length; i += 2) {
            element.setAttribute(attributes[i], attributes[i + 1]);
        }
        return element;
    }

    /** A copy of an element of another document as the last child. */
    public static Element copy(Element parent, Element other) {
        Element copy = (Element) parent.getOwnerDocument().importNode(other, true);
        parent.appendChild(copy);
        return copy;
    }

    /** The element and all below it as text, without a declaration. */
    public static String write(Element element) {
        try {
            TransformerFactory factory = TransformerFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            Transformer transformer = factory.newTransformer();
            transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            StringWriter text = new StringWriter();
            transformer.transform(new DOMSource(element), new StreamResult(text));
            return text.toString();
        } catch (TransformerException e) {
            throw new IllegalStateException("A tree in memory can be written", e);
        }
    }

    /**
     * Reads a document.
     *
     * @throws IllegalArgumentException when it is not well-formed
     */
    public static Element parse(String text) {
        try {
            return builder().parse(new InputSource(new StringReader(text))).getDocumentElement();
        } catch (SAXException | IOException e) {
            throw new IllegalArgumentException("Not XML: " + e.getMessage(), e);
        }
    }

    private static DocumentBuilder builder() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            // the JDK's default prints to standard error
            builder.setErrorHandler(null);
            return builder;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("Every JDK has an XML parser that refuses document types", e);
        }
    }

    /** The child elements of this name, in order. */
    public static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && name.equals(localName(element))) {
                found.add(element);
            }
        }
        return found;
    }

    private static String localName(Element element) {
        return element.getLocalName() == null ? element.getTagName() : element.getLocalName();
    }

    /** The first element along a path of child names. */
    public static Optional<Element> at(Element from, String... path) {
        Element here = from;
        for (String name : path) {
            List<Element> next = children(here, name);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            here = next.get(0);
        }
        return Optional.of(here);
    }

    /** The trimmed text at a path. */
    public static Optional<String> textAt(Element from, String... path) {
        return at(from, path).map(element -> element.getTextContent().trim());
    }

    /** An attribute that is there and not empty. */
    public static Optional<String> attribute(Element element, String name) {
        return Optional.of(element.getAttribute(name)).filter(value -> !value.isEmpty());
    }

    /** The attribute of the element at a path. */
    public static Optional<String> attributeAt(Element from, String attribute, String... path) {
        return at(from, path).flatMap(element -> attribute(element, attribute));
    }
}
