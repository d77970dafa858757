package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Writes one XML document of S3's kind: elements and text, no attributes but the namespace. Not thread-safe. */
final class Xml {
    private static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

    private final StringBuilder out = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    private final Deque<String> open = new ArrayDeque<>();

    private Xml() {}

    /** A document in S3's namespace. */
    static Xml document(String root) {
        Xml xml = new Xml();
        xml.out.append('<').append(root).append(" xmlns=\"").append(NAMESPACE).append("\">");
        xml.open.push(root);
        return xml;
    }

    /** A document without a namespace: errors. */
    static Xml plain(String root) {
        return new Xml().open(root);
    }

    Xml open(String name) {
        out.append('<').append(name).append('>');
        open.push(name);
        return this;
    }

    Xml close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    Xml text(String name, String value) {
        out.append('<').append(name).append('>');
        escape(value);
        out.append("</").append(name).append('>');
        return this;
    }

    Xml text(String name, long value) {
        return text(name, Long.toString(value));
    }

    Xml text(String name, boolean value) {
        return text(name, Boolean.toString(value));
    }

    Xml text(String name, Optional<String> value) {
        value.ifPresent(v -> text(name, v));
        return this;
    }

    /** Text of the element that is open. */
    Xml content(String value) {
        escape(value);
        return this;
    }

    /** Markup as it stands: never with anything from a request in it. */
    Xml raw(String markup) {
        out.append(markup);
        return this;
    }

    /** Closes what is open and gives the document. */
    Bytes bytes() {
        while (!open.isEmpty()) {
            close();
        }
        return Bytes.utf8(out.toString());
    }

    private void escape(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                default -> {
                    // As S3 does: XML 1.0 has no form for most of these; clients ask for encoding-type=url instead.
                    if (c < 0x20 || c == 0x7F || c >= 0xFFFE) {
                        out.append("&#").append((int) c).append(';');
                    } else {
                        out.append(c);
                    }
                }
            }
        }
    }
}
