package dev.keytrail.kms.key;

/** A key's state (kms.md section 7). Names are part of the stored format. */
public enum KeyState {
    ENABLED("Enabled", "enabled"),
    DISABLED("Disabled", "disabled"),
    PENDING_DELETION("PendingDeletion", "pending deletion"),
    PENDING_REPLICA_DELETION("PendingReplicaDeletion", "pending replica deletion"),
    PENDING_IMPORT("PendingImport", "pending import"),
    UNAVAILABLE("Unavailable", "unavailable"),
    CREATING("Creating", "creating"),
    UPDATING("Updating", "updating");

    private final String value;
    private final String phrase;

    KeyState(String value, String phrase) {
        this.value = value;
        this.phrase = phrase;
    }

    /** As answers and events print it, e.g. {@code PendingDeletion}. */
    public String value() {
        return value;
    }

    /** As error texts say it after "is", e.g. {@code pending deletion}. */
    public String phrase() {
        return phrase;
    }
}
