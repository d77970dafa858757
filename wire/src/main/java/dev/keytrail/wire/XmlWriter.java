package dev.keytrail.wire;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.wire.codec.ShapeWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;

/**
 * Writes AWS query's XML: list items are {@code <member>}, map entries {@code <entry><key/><value/></entry>}, times are
 * ISO 8601.
 */
final class XmlWriter implements ShapeWriter {
    private final StringBuilder out = new StringBuilder(1024);
    private final Deque<Element> open = new ArrayDeque<>();
    private String next = "";

    /** An open element; {@code keyName} is empty unless it is a map. */
    private static final class Element {
        final String name;
        final String keyName;
        final String valueName;
        boolean inEntry;

        Element(String name, String keyName, String valueName) {
            this.name = name;
            this.keyName = keyName;
            this.valueName = valueName;
        }
    }

    /** Opens an element that carries the service's namespace. */
    XmlWriter openRoot(String name, String namespace) {
        out.append('<').append(name).append(" xmlns=\"");
        escape(namespace);
        out.append("\">");
        open.push(new Element(name, "", ""));
        return this;
    }

    XmlWriter open(String name) {
        member(name);
        push("", "");
        return this;
    }

    XmlWriter leaf(String name, String value) {
        member(name);
        text(value);
        return this;
    }

    XmlWriter close() {
        pop();
        return this;
    }

    byte[] toByteArray() {
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void beginStructure() {
        push("", "");
    }

    @Override
    public void member(String name) {
        next = name;
    }

    @Override
    public void endStructure() {
        pop();
    }

    @Override
    public void beginList() {
        push("", "");
    }

    @Override
    public void item() {
        next = "member";
    }

    @Override
    public void endList() {
        pop();
    }

    @Override
    public void beginMap(String keyName, String valueName) {
        push(keyName, valueName);
    }

    @Override
    public void key(String key) {
        Element map = open.element();
        endEntry(map);
        out.append("<entry><").append(map.keyName).append('>');
        escape(key);
        out.append("</").append(map.keyName).append('>');
        map.inEntry = true;
        next = map.valueName;
    }

    @Override
    public void endMap() {
        endEntry(open.element());
        pop();
    }

    @Override
    public void text(String value) {
        out.append('<').append(next).append('>');
        escape(value);
        out.append("</").append(next).append('>');
    }

    @Override
    public void secretText(Secret value) {
        text(new String(value.reveal(), StandardCharsets.UTF_8));
    }

    @Override
    public void blob(Bytes value) {
        text(Base64.getEncoder().encodeToString(value.unsafeArray()));
    }

    @Override
    public void secretBlob(Secret value) {
        text(Base64.getEncoder().encodeToString(value.reveal()));
    }

    @Override
    public void integer(int value) {
        text(Integer.toString(value));
    }

    @Override
    public void longInteger(long value) {
        text(Long.toString(value));
    }

    @Override
    public void flag(boolean value) {
        text(Boolean.toString(value));
    }

    @Override
    public void decimal(double value) {
        text(Double.toString(value));
    }

    @Override
    public void time(Instant value) {
        text(Times.iso(value));
    }

    private void push(String keyName, String valueName) {
        out.append('<').append(next).append('>');
        open.push(new Element(next, keyName, valueName));
    }

    private void pop() {
        out.append("</").append(open.pop().name).append('>');
    }

    private void endEntry(Element map) {
        if (map.inEntry) {
            out.append("</entry>");
            map.inEntry = false;
        }
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                // A parser would turn a bare carriage return into a line feed.
                case '\r' -> out.append("&#xD;");
                default -> out.appendCodePoint(isXml(c) ? c : 0xFFFD);
            }
        }
    }

    /** XML 1.0 section 2.2; other characters have no form at all in a document. */
    private static boolean isXml(int c) {
        boolean isLow = (c >= 0x20 && c <= 0xD7FF) || c == '\t' || c == '\n';
        return isLow || (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000;
    }
}
