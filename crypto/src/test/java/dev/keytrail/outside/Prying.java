package dev.keytrail.outside;

import dev.keytrail.call.Secret;
import java.util.function.Function;

/** Does what the house forbids, so that {@code SecretsStayTest} can show that the rule sees it; by reference too. */
final class Prying {
    private Prying() {}

    static int directly(Secret secret) {
        return secret.reveal().length;
    }

    static Function<Secret, byte[]> byReference() {
        return Secret::reveal;
    }
}
