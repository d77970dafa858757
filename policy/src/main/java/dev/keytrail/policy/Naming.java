package dev.keytrail.policy;

/** How closely a resource policy's statement names a caller, from not at all to most closely. */
enum Naming {
    NONE,
    /** Its account: the account's own policies decide. */
    ACCOUNT,
    /** The user, role or service itself, or everybody. */
    ITSELF,
    /** This very session: neither boundary nor session policy narrows it in its own account. */
    SESSION;

    Naming closer(Naming other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
