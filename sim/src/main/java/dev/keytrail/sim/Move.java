package dev.keytrail.sim;

/** One call of a contest: a use of a key, or a change of what decides uses. Users and keys by their places in the contest. */
sealed interface Move {
    /** Encrypt. */
    record Use(int user, int key) implements Move {}

    /** EnableKey or DisableKey. */
    record Switch(int key, boolean enabled) implements Move {}

    /** PutKeyPolicy: one user is let in beside the account's own policies, or nobody is. */
    record Policy(int key, int user) implements Move {
        static final int NOBODY = -1;
    }

    /** CreateGrant of Encrypt. */
    record Grant(int key, int user) implements Move {}

    /** RevokeGrant of one that stands. */
    record Revoke(int key, int user) implements Move {}

    /** PutUserPolicy or DeleteUserPolicy: a policy of the user that allows Encrypt with every key. */
    record OwnPolicy(int user, boolean attached) implements Move {}

    /** UpdateAccessKey. */
    record Credential(int user, boolean active) implements Move {}
}
