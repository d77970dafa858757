package dev.keytrail.server;

import dev.keytrail.call.State;
import dev.keytrail.kms.key.Principals;
import java.util.Optional;

/** Tells kms whether a principal that a key policy names exists, as far as identity knows. */
final class LocalPrincipals implements Principals {
    @Override
    public boolean exists(State state, String principal) {
        return dev.keytrail.identity.directory.LocalPrincipals.exists(state, principal);
    }

    @Override
    public Optional<String> uniqueId(State state, String principal) {
        return dev.keytrail.identity.directory.LocalPrincipals.uniqueId(state, principal);
    }
}
