package dev.keytrail.sim;

/**
 * What calls one after another come to: the plainest model of keys, policies, grants and credentials that the moves of a
 * contest need. One thread.
 */
final class Verdicts {
    static final String DONE = "";

    private final boolean[] disabled;
    private final int[] letIn;
    private final int[][] grants;
    private final boolean[] ownPolicy;
    private final boolean[] inactive;

    /** Keys enabled, nobody allowed anything, all access keys active. */
    Verdicts(int users, int keys) {
        disabled = new boolean[keys];
        letIn = new int[keys];
        java.util.Arrays.fill(letIn, Move.Policy.NOBODY);
        grants = new int[keys][users];
        ownPolicy = new boolean[users];
        inactive = new boolean[users];
    }

    /** Makes the move, and says the error's code that its caller must be told, {@link #DONE} if none. */
    String apply(Move move) {
        switch (move) {
            case Move.Use(int user, int key) -> {
                return use(user, key);
            }
            case Move.Switch(int key, boolean enabled) -> disabled[key] = !enabled;
            case Move.Policy(int key, int user) -> letIn[key] = user;
            case Move.Grant(int key, int user) -> {
                if (disabled[key]) {
                    return "DisabledException";
                }
                grants[key][user]++;
            }
            case Move.Revoke(int key, int user) -> grants[key][user]--;
            case Move.OwnPolicy(int user, boolean attached) -> ownPolicy[user] = attached;
            case Move.Credential(int user, boolean active) -> inactive[user] = !active;
        }
        return DONE;
    }

    private String use(int user, int key) {
        if (inactive[user]) {
            return "UnrecognizedClientException";
        }
        if (letIn[key] != user && grants[key][user] == 0 && !ownPolicy[user]) {
            return "AccessDeniedException";
        }
        return disabled[key] ? "DisabledException" : DONE;
    }
}
