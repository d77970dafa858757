package dev.keytrail.identity.directory;

import java.util.Optional;

/** A user or role, whose permissions a boundary may limit. */
public interface Bounded<E extends Bounded<E>> {
    Optional<String> boundary();

    E withBoundary(Optional<String> changed);
}
