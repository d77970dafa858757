package dev.keytrail.kms.key;

/** What an operation may do in which state: the rows of kms.md section 7, named for what they guard. */
public enum StateRule {
    /** Row D: reading, and whatever else is always right. */
    ANY,
    /** Row E: EnableKey, DisableKey. */
    SWITCHING,
    /** Row S. */
    SCHEDULING_DELETION,
    /** Row C. */
    CANCELLING_DELETION,
    /** Rows T and A: tags, description, new aliases. */
    LABELLING,
    /** Row R: turning automatic rotation on and off. */
    PLANNING_ROTATION,
    /** Row RS: asking about rotation. */
    ASKING_ROTATION,
    /** Row O: RotateKeyOnDemand. */
    ROTATING,
    /** Row I: GetParametersForImport. */
    PREPARING_IMPORT,
    /** Row IM: ImportKeyMaterial. */
    IMPORTING,
    /** Row ID: DeleteImportedKeyMaterial. */
    DELETING_MATERIAL,
    /** Row MR: ReplicateKey. */
    REPLICATING,
    /** Row MU: UpdatePrimaryRegion. */
    MOVING_PRIMARY,
    /** Row G: CreateGrant. */
    GRANTING,
    /** Row X: everything that uses the material. */
    CRYPTOGRAPHY;

    /** @throws dev.keytrail.call.Refused DisabledException or KMSInvalidStateException, with the state's text */
    public void demand(Key key) {
        boolean fits = switch (this) {
            case ANY -> true;
            case SWITCHING ->
                switch (key.state()) {
                    case ENABLED, DISABLED, UNAVAILABLE -> true;
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, PENDING_IMPORT, CREATING, UPDATING -> false;
                };
            case SCHEDULING_DELETION ->
                switch (key.state()) {
                    case ENABLED, DISABLED, PENDING_IMPORT, UNAVAILABLE, CREATING -> true;
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, UPDATING -> false;
                };
            case CANCELLING_DELETION -> {
                if (key.state() != KeyState.PENDING_DELETION && key.state() != KeyState.PENDING_REPLICA_DELETION) {
                    throw KmsErrors.notPendingDeletion(key);
                }
                yield true;
            }
            case LABELLING ->
                switch (key.state()) {
                    case PENDING_DELETION, PENDING_REPLICA_DELETION -> false;
                    case ENABLED, DISABLED, PENDING_IMPORT, UNAVAILABLE, CREATING, UPDATING -> true;
                };
            case PLANNING_ROTATION ->
                switch (key.state()) {
                    case ENABLED, UPDATING -> true;
                    case DISABLED -> throw KmsErrors.disabled(key);
                    case PENDING_IMPORT, UNAVAILABLE -> throw KmsErrors.wrongOrigin(key);
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, CREATING -> false;
                };
            case ASKING_ROTATION ->
                switch (key.state()) {
                    case PENDING_IMPORT, UNAVAILABLE -> throw KmsErrors.wrongOrigin(key);
                    case ENABLED, DISABLED, PENDING_DELETION, PENDING_REPLICA_DELETION, CREATING, UPDATING -> true;
                };
            case ROTATING ->
                switch (key.state()) {
                    case ENABLED -> true;
                    case DISABLED -> throw KmsErrors.disabled(key);
                    case UNAVAILABLE -> throw KmsErrors.wrongOrigin(key);
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, PENDING_IMPORT, CREATING, UPDATING -> false;
                };
            case PREPARING_IMPORT ->
                switch (key.state()) {
                    case ENABLED, DISABLED, PENDING_IMPORT -> true;
                    case UNAVAILABLE -> throw KmsErrors.wrongOrigin(key);
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, CREATING, UPDATING -> false;
                };
            case IMPORTING ->
                switch (key.state()) {
                    case ENABLED, DISABLED, PENDING_IMPORT, UPDATING -> true;
                    case UNAVAILABLE -> throw KmsErrors.wrongOrigin(key);
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, CREATING -> false;
                };
            case DELETING_MATERIAL ->
                switch (key.state()) {
                    case ENABLED, DISABLED, PENDING_IMPORT, PENDING_DELETION, PENDING_REPLICA_DELETION -> true;
                    case UNAVAILABLE, CREATING, UPDATING -> false;
                };
            case REPLICATING ->
                switch (key.state()) {
                    case ENABLED -> true;
                    case DISABLED -> throw KmsErrors.disabled(key);
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, PENDING_IMPORT, UNAVAILABLE, CREATING, UPDATING ->
                        false;
                };
            case MOVING_PRIMARY ->
                switch (key.state()) {
                    case ENABLED, UPDATING -> true;
                    case DISABLED -> throw KmsErrors.disabled(key);
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, PENDING_IMPORT, UNAVAILABLE, CREATING -> false;
                };
            case GRANTING ->
                switch (key.state()) {
                    case ENABLED, UNAVAILABLE, UPDATING -> true;
                    case DISABLED -> throw KmsErrors.disabled(key);
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, PENDING_IMPORT, CREATING -> false;
                };
            case CRYPTOGRAPHY ->
                switch (key.state()) {
                    case ENABLED, UPDATING -> true;
                    case DISABLED -> throw KmsErrors.disabled(key);
                    case PENDING_DELETION, PENDING_REPLICA_DELETION, PENDING_IMPORT, UNAVAILABLE, CREATING -> false;
                };
        };
        if (!fits) {
            throw KmsErrors.wrongState(key);
        }
    }
}
