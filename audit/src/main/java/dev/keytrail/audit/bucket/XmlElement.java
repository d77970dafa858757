package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import java.io.ByteArrayInputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An element of a request's XML body: namespaces, attributes, comments and mixed text are dropped, document types and
 * entities of their own are refused.
 */
record XmlElement(String name, String text, List<XmlElement> children) {
    /** CompleteMultipartUpload at its limit: 10,000 parts of six members, and some room. */
    static final int ELEMENTS_MAX = 70_000;

    static final int DEPTH_MAX = 8;

    XmlElement {
        children = List.copyOf(children);
    }

    /** @throws Refused MalformedXML */
    static XmlElement parse(Bytes body) {
        try {
            XMLStreamReader reader = factory().createXMLStreamReader(new ByteArrayInputStream(body.unsafeArray()));
            try {
                return read(reader);
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            throw S3Error.MALFORMED_XML.refused();
        }
    }

    List<XmlElement> all(String wanted) {
        return children.stream().filter(child -> child.name.equals(wanted)).toList();
    }

    /** The text of the first child of that name. */
    Optional<String> value(String wanted) {
        return children.stream()
                .filter(child -> child.name.equals(wanted))
                .findFirst()
                .map(XmlElement::text);
    }

    /** For events: leaves as texts, several of a name as a list. Never of a document that may hold a secret. */
    Facts facts() {
        Facts facts = Facts.facts();
        for (XmlElement child : children) {
            List<XmlElement> same = all(child.name);
            if (child.children.isEmpty()) {
                if (same.size() == 1) {
                    facts.put(child.name, child.text);
                } else {
                    facts.putStrings(
                            child.name, same.stream().map(XmlElement::text).toList());
                }
            } else if (same.size() == 1) {
                facts.put(child.name, child.facts());
            } else {
                facts.putAll(child.name, same.stream().map(XmlElement::facts).toList());
            }
        }
        return facts;
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    private static XmlElement read(XMLStreamReader reader) throws XMLStreamException {
        Deque<Unfinished> open = new ArrayDeque<>();
        Optional<XmlElement> root = Optional.empty();
        int elements = 0;
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    if (++elements > ELEMENTS_MAX || open.size() >= DEPTH_MAX) {
                        throw S3Error.MALFORMED_XML.refused();
                    }
                    open.push(new Unfinished(reader.getLocalName()));
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
                    if (!open.isEmpty()) {
                        open.peek().text.append(reader.getText());
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    XmlElement done = open.pop().finish();
                    if (open.isEmpty()) {
                        root = Optional.of(done);
                    } else {
                        open.peek().children.add(done);
                    }
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                    throw S3Error.MALFORMED_XML.refused();
                default -> {}
            }
        }
        return root.orElseThrow(S3Error.MALFORMED_XML::refused);
    }

    private static final class Unfinished {
        private final String name;
        private final StringBuilder text = new StringBuilder();
        private final List<XmlElement> children = new ArrayList<>();

        private Unfinished(String name) {
            this.name = name;
        }

        private XmlElement finish() {
            // Blanks between elements are layout; in a leaf every character counts (a key may be one space).
            return new XmlElement(name, children.isEmpty() ? text.toString() : "", children);
        }
    }
}
