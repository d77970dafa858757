package dev.keytrail.wire;

import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Parses an answer's XML with the JDK's parser, and turns its result into the form that says the same. */
final class XmlForm {
    private XmlForm() {}

    static Element root(byte[] xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
            return factory.newDocumentBuilder()
                    .parse(new ByteArrayInputStream(xml))
                    .getDocumentElement();
        } catch (Exception e) {
            throw new AssertionError("not well-formed: " + new String(xml, StandardCharsets.UTF_8), e);
        }
    }

    static FormParameters result(Element root) {
        Element result = children(root).getFirst();
        List<String> pairs = new ArrayList<>();
        for (Element member : children(result)) {
            collect(member, member.getLocalName(), pairs);
        }
        return FormParameters.parseQuery(String.join("&", pairs));
    }

    static List<Element> children(Element parent) {
        List<Element> children = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                children.add(element);
            }
        }
        return children;
    }

    private static void collect(Element element, String path, List<String> pairs) {
        List<Element> children = children(element);
        if (children.isEmpty()) {
            pairs.add(encode(path) + "=" + encode(element.getTextContent()));
        }
        int index = 0;
        for (Element child : children) {
            String name = child.getLocalName();
            boolean isNumbered = name.equals("member") || name.equals("entry");
            collect(child, path + "." + name + (isNumbered ? "." + ++index : ""), pairs);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
