package dev.keytrail.policy;

/** A parsed and compiled policy document. Immutable. */
public final class Policy {
    /** Which grammar a document must follow. */
    public enum Kind {
        /** No Principal element. */
        IDENTITY,
        /** Principal or NotPrincipal required in each statement. */
        RESOURCE,
        /** Like RESOURCE, but a statement may lack Action or Resource and then has no effect (kms.md section 13). */
        KEY,
        /** A role's trust policy: Principal required, no Resource. */
        TRUST
    }

    private final String text;

    private Policy(String text) {
        this.text = text;
    }

    /** @throws MalformedPolicy with what is wrong, in words fit for the caller */
    public static Policy parse(String json, Kind kind) {
        throw new UnsupportedOperationException(kind + " " + json.length());
    }

    /** The document as it was given. */
    public String text() {
        return text;
    }
}
