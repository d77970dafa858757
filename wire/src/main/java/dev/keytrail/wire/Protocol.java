package dev.keytrail.wire;

/** How a service's requests and answers look. */
public enum Protocol {
    /** AWS JSON 1.1. */
    JSON("application/x-amz-json-1.1"),
    /** AWS query: form parameters in, XML out. */
    QUERY("text/xml");

    private final String contentType;

    Protocol(String contentType) {
        this.contentType = contentType;
    }

    /** The {@code Content-Type} of answers, errors too. */
    public String contentType() {
        return contentType;
    }
}
