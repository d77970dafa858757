package dev.keytrail.crypto.custody;

/** What was given does not open, or is none of ours. No stack trace; the text is for people and holds no secret. */
public final class CustodyRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String text;

    public CustodyRefused(String text) {
        super(text, null, false, false);
        this.text = text;
    }

    public String text() {
        return text;
    }
}
